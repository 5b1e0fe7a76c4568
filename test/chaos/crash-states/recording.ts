import type { StorageBackend } from "@cutover/core";
import type { CommitPoint } from "../../../adapters/json/src/store/commit-points.ts";
import { diskLife } from "../disk/disk-life.ts";
import { ModelDisk } from "../disk/model-disk.ts";
import type { AdapterCopy } from "./adapter-copy.ts";
import { type DiskMoment, momentOf } from "./crash-images.ts";
import { collections, dataFolder, files, imageOf, type Scenario } from "./scenario.ts";

/** What the data files held; a file that was not there has no entry. */
export type Content = ReadonlyMap<string, string>;

/** A moment at which the power may fail. */
export interface CrashPoint {
  /** The call that had just been made. */
  readonly after: string;
  readonly moment: DiskMoment;
  /** Index of the content that was acknowledged last. */
  readonly acknowledged: number;
  /** Index of the latest content that may be found. */
  readonly latest: number;
}

/** A run of a scenario: what it wrote, and every moment between its calls. */
export interface Recording {
  readonly contents: readonly Content[];
  readonly points: readonly CrashPoint[];
}

/** Runs a scenario on the model disk and remembers every moment of it. */
export async function record(
  scenario: Scenario,
  adapters: { readonly writer: AdapterCopy; readonly stopped: AdapterCopy },
): Promise<Recording> {
  const disk = await usedDisk(scenario, adapters.writer);
  const contents = [contentOf(disk)];
  const points: CrashPoint[] = [];
  const run = { acknowledged: 0, latest: 0 };
  const see = (after: string): void => {
    points.push({ after, moment: momentOf(disk), ...run });
  };
  disk.onEvent = see;
  diskLife.current = { disk, before: () => {} };
  if (scenario.stoppedAt !== undefined) {
    contents.push(new Map(files.map((file) => [file, textOf(stoppedNumber)])));
    run.latest = 1;
    await stopInside(adapters.stopped, scenario.stoppedAt);
  }
  const backend = await open(adapters.writer);
  for (const [index, changed] of scenario.commits.entries()) {
    run.latest = contents.length;
    await writeCommit(backend, changed, index + 1);
    contents.push(contentOf(disk));
    run.acknowledged = run.latest;
    see(`commit ${index + 1} acknowledged`);
  }
  await backend.close();
  return { contents, points };
}

/** What the process that stops writes; written by nobody else. */
const stoppedNumber = 1000;
const textOf = (n: number): string => `{"x":{"n":${n}}}`;

/** A disk with the commits that come before a scenario. */
export async function usedDisk(scenario: Scenario, adapter: AdapterCopy): Promise<ModelDisk> {
  const disk = scenario.disk();
  if (scenario.before === 0) return disk;
  diskLife.current = { disk, before: () => {} };
  const backend = await open(adapter);
  for (let number = 0; number < scenario.before; number += 1) {
    await writeCommit(backend, ["a", "b"], -1 - number);
  }
  await backend.close();
  return new ModelDisk(imageOf(disk));
}

const open = async (
  adapter: AdapterCopy,
  pause: (point: CommitPoint) => Promise<void> | void = () => {},
): Promise<StorageBackend> =>
  adapter.jsonBackend({ folder: dataFolder, collections, lock: adapter.noLock(), pause });

async function writeCommit(
  backend: StorageBackend,
  changed: readonly string[],
  n: number,
): Promise<void> {
  await backend.transaction(async (tx) => {
    for (const collection of collections.filter(({ name }) => changed.includes(name))) {
      await tx.collection(collection).put("x", { n });
    }
  });
}

/** Lets a process come to a point of its commit and never any further. */
async function stopInside(adapter: AdapterCopy, point: CommitPoint): Promise<void> {
  const reached = Promise.withResolvers<void>();
  const backend = await open(adapter, (at) => {
    if (at !== point) return undefined;
    reached.resolve();
    return new Promise<void>(() => {});
  });
  void writeCommit(backend, ["a", "b"], stoppedNumber);
  await reached.promise;
}

/** What the data files hold for whoever reads them without the library. */
export function contentOf(disk: ModelDisk): Content {
  const found = new Map<string, string>();
  for (const file of files) {
    const node = disk.find(`${dataFolder}/${file}`, "open");
    if (node?.kind === "file") found.set(file, Buffer.from(node.data).toString());
  }
  return found;
}
