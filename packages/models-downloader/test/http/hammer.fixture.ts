import { historyEntry, openStores } from "../../src/index.ts";

// A process that uses the library on a folder that others use at the same time.
const [folder = "", name = "", rounds = "0"] = process.argv.slice(2);

const stores = await openStores({ folder, env: {} });
let lastSeen = 0;
for (let round = 0; round < Number(rounds); round++) {
  const filename = `${name}-${round}.bin`;
  await stores.models.merge("shared.bin", { [`${name}_${round}`]: round });
  await stores.usage.trackMany([{ name: filename, workflows: [name] }], round + 1);
  await stores.settings.patch({ [`${name}_${round}`]: round });
  const entry = historyEntry({
    filename,
    status: "completed",
    timestamp: "2025-11-29T10:00:00",
  });
  await stores.finishDownload({ entry, metadata: { filename, url: `https://h/${filename}` } });
  // What was acknowledged is there, and never fewer than before.
  const seen = await stores.models.count();
  if (seen < lastSeen) throw new Error(`models went from ${lastSeen} to ${seen}`);
  lastSeen = seen;
  if ((await stores.history.getByFilename(filename)) === undefined)
    throw new Error(`${filename} is not in the history`);
}
await stores.close();
