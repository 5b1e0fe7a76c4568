import { once } from "node:events";
import { withMigrationLock } from "../../src/state/migration-lock.ts";

const folder = process.argv[2] ?? "";

await withMigrationLock(folder, async () => {
  process.send?.("held");
  await once(process, "message");
});
process.disconnect();
