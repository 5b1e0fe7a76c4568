import { createHash } from "node:crypto";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelRecords, writeLookalike } from "@cutover/fixtures";
import { type BackendKind, migrate } from "cutover";
import { historyEntry, openStores, type Stores, storesTarget } from "../../src/index.ts";

// Measures the operations of the plan's table with many models on both backends:
// node --conditions=@cutover/source packages/models-downloader/test/measure/measure.ts [records]

const records = Number(process.argv[2] ?? "100000");
const subjects = ["portrait", "sketch", "motion", "depth", "canny", "grain", "turbo", "refiner"];
const hashOf = (index: number): string => createHash("sha256").update(String(index)).digest("hex");

interface Operation {
  readonly name: string;
  readonly times: Readonly<Record<BackendKind, number>>;
  readonly run: (stores: Stores, round: number) => Promise<unknown>;
}

const somewhere = (round: number): number => (round * 7919) % records;
const fileOf = (index: number): string => `model-${index}.safetensors`;

const operations: readonly Operation[] = [
  {
    name: "load all settings",
    times: { json: 500, sqlite: 500 },
    run: (stores) => stores.appSettings.load(),
  },
  {
    name: "find a model by key",
    times: { json: 500, sqlite: 500 },
    run: (stores, round) => stores.models.get(fileOf(somewhere(round))),
  },
  {
    name: "find a model by hash",
    times: { json: 20, sqlite: 500 },
    run: (stores, round) => stores.models.getByHash(hashOf(somewhere(round))),
  },
  {
    name: "find models by an indexed field (filename)",
    times: { json: 20, sqlite: 500 },
    run: (stores, round) => stores.models.search({ filename: fileOf(somewhere(round)) }),
  },
  {
    name: "find models by a field without index (hf_repo), first 20",
    times: { json: 20, sqlite: 20 },
    run: (stores, round) =>
      stores.models.search({ hf_repo: `owner/repo-${somewhere(round) % 1000}` }, { limit: 20 }),
  },
  {
    name: "full-text search, two words, first 20",
    times: { json: 10, sqlite: 100 },
    run: (stores, round) =>
      stores.models.searchText(`${subjects[round % 8]} ${subjects[(round + 3) % 8]}`, {
        limit: 20,
      }),
  },
  {
    name: "full-text search, one rare word",
    times: { json: 10, sqlite: 200 },
    run: (stores, round) => stores.models.searchText(`serial${somewhere(round)}`),
  },
  {
    name: "count models by type",
    times: { json: 10, sqlite: 20 },
    run: (stores) => stores.models.countBy("type"),
  },
  {
    name: "add to the download history (100 entries)",
    times: { json: 100, sqlite: 100 },
    run: (stores, round) =>
      stores.history.add(
        historyEntry({
          filename: `download-${round}.bin`,
          status: "completed",
          timestamp: "2025-11-29T10:00:00",
        }),
      ),
  },
  {
    name: "merge into one model",
    times: { json: 5, sqlite: 100 },
    run: (stores, round) => stores.models.merge(fileOf(somewhere(round)), { note: `n${round}` }),
  },
  {
    name: "finish a download (history and model, one transaction)",
    times: { json: 5, sqlite: 100 },
    run: (stores, round) =>
      stores.finishDownload({
        entry: historyEntry({
          filename: fileOf(somewhere(round)),
          status: "completed",
          timestamp: "2025-11-29T10:00:00",
        }),
        metadata: { url: `https://h/${round}`, source: "direct" },
      }),
  },
];

function models(): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  let index = 0;
  for (const { value } of modelRecords(records)) {
    const words = [subjects[index % 8], subjects[(index * 5 + 3) % 8], subjects[(index * 3) % 8]];
    all[fileOf(index)] = {
      ...value,
      filename: fileOf(index),
      hf_repo: `owner/repo-${index % 1000}`,
      description: `A model for ${words.join(" and ")}, serial${index}.`,
      sha256_hash: hashOf(index),
    };
    index += 1;
  }
  return all;
}

async function timesOf(operation: Operation, stores: Stores, kind: BackendKind): Promise<number[]> {
  const times: number[] = [];
  await operation.run(stores, 1);
  for (let round = 2; round < operation.times[kind] + 2; round++) {
    const started = performance.now();
    await operation.run(stores, round);
    times.push(performance.now() - started);
  }
  return times.toSorted((one, other) => one - other);
}

const shown = (ms: number): string => (ms < 10 ? ms.toFixed(2) : ms.toFixed(0));

const root = await mkdtemp(join(tmpdir(), "wmd-measure-"));
try {
  const rows = new Map<string, string[]>();
  for (const kind of ["json", "sqlite"] as const) {
    const folder = join(root, kind);
    await writeLookalike(folder, { scale: { node_metadata: 0 } });
    await writeFile(join(folder, "model_metadata.json"), JSON.stringify(models(), null, 2));
    if (kind === "sqlite") {
      const started = performance.now();
      const { outcome } = await migrate(await storesTarget(folder));
      process.stdout.write(`migrate: ${outcome} in ${shown(performance.now() - started)} ms\n`);
    }
    const opened = performance.now();
    const stores = await openStores({ folder, env: {} });
    await stores.models.get(fileOf(5));
    process.stdout.write(`${kind}: open and first read ${shown(performance.now() - opened)} ms\n`);
    for (const operation of operations) {
      const times = await timesOf(operation, stores, kind);
      const median = times[Math.floor(times.length / 2)] ?? Number.NaN;
      const worst = times.at(-1) ?? Number.NaN;
      const row = rows.get(operation.name) ?? [];
      rows.set(operation.name, [...row, `${shown(median)} (${shown(worst)})`]);
    }
    await stores.close();
    const file = join(folder, kind === "json" ? "model_metadata.json" : "wmd_data.db");
    process.stdout.write(`${kind}: ${((await stat(file)).size / 1e6).toFixed(1)} MB\n`);
  }
  process.stdout.write("| operation | JSON files | SQLite |\n|---|---:|---:|\n");
  for (const [name, cells] of rows) process.stdout.write(`| ${name} | ${cells.join(" | ")} |\n`);
} finally {
  await rm(root, { recursive: true, force: true });
}
