/** Writes to every store of a folder, again and again, as one of several processes. */
import { historyEntry, openStores, type OpenStoresOptions } from "../src/index.ts";

const [name = "", rounds = "0"] = process.argv.slice(2);
// Not an argument: an address holds a password, and everybody sees arguments.
const where: Pick<OpenStoresOptions, "folder" | "postgres"> = JSON.parse(
  process.env["STORES"] ?? "{}",
);
const stores = await openStores({ ...where, env: {}, onWarning: () => {} });
for (let round = 0; round < Number(rounds); round++) {
  const key = `${name}-${round}`;
  const timestamp = "2025-11-29T10:00:00";
  await stores.finishDownload({
    entry: historyEntry({ filename: key, status: "completed", timestamp }),
    metadata: { filename: key, url: "u" },
  });
  await stores.usage.trackMany(
    [
      { name: "shared", workflows: [key] },
      { name: key, workflows: [] },
    ],
    round,
  );
  await stores.appSettings.change({ [key]: round });
  await stores.settings.rewrite(
    (current) => new Map([...current, ["counter", Number(current.get("counter") ?? 0) + 1]]),
  );
}
await stores.close();
