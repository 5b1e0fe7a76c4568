import { join } from "node:path";
import { controlContract } from "@cutover/contract-tests/control";
import { sqliteControl } from "@cutover/kysely/control";

controlContract({
  name: "sqlite",
  make: (location, options) => sqliteControl({ path: join(location, "control.db"), ...options }),
});
