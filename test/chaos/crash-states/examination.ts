import type { DiskImage } from "../disk/disk-image.ts";
import { diskLife } from "../disk/disk-life.ts";
import { ModelDisk } from "../disk/model-disk.ts";
import type { AdapterCopy } from "./adapter-copy.ts";
import type { DiskMoment } from "./crash-images.ts";
import { type Content, contentOf } from "./recording.ts";
import { dataFolder, files } from "./scenario.ts";

/** What a new process makes of a disk after a power cut. */
export interface Examined {
  /** Index among the contents known; -1 for anything else, which is a mix or worse. */
  readonly found: number;
  /** What is wrong; undefined if nothing is. */
  readonly problem: string | undefined;
  /** What the repair did to the disk, until something new was written. */
  readonly calls: readonly string[];
}

/** The power may fail again here. */
export interface RepairMoment {
  readonly after: string;
  readonly moment: DiskMoment;
}

/** Who examines, and who is told of every moment of a repair. */
export interface ExaminationOptions {
  readonly adapter: AdapterCopy;
  readonly onRepair?: (after: string, disk: ModelDisk) => void;
}

/** Opens the store, reads it, writes to it and reads again. */
export async function examine(
  image: DiskImage,
  contents: readonly Content[],
  { adapter, onRepair }: ExaminationOptions,
): Promise<Examined> {
  const disk = new ModelDisk(image);
  diskLife.current = { disk, before: () => {} };
  const isThere = disk.find(dataFolder, "stat") !== undefined;
  const calls: string[] = [];
  if (!isThere) return { found: indexOf(contents, new Map()), problem: undefined, calls };
  disk.onEvent = (after) => {
    calls.push(after);
    onRepair?.(after, disk);
  };
  try {
    return { ...(await reopened(disk, contents, adapter)), calls };
  } catch (error) {
    const problem = `cannot be used any more: ${error instanceof Error ? error.stack : String(error)}`;
    return { found: -1, problem, calls };
  }
}

async function reopened(
  disk: ModelDisk,
  contents: readonly Content[],
  adapter: AdapterCopy,
): Promise<Omit<Examined, "calls">> {
  const store = await adapter.fileStore({ root: dataFolder, lock: adapter.noLock() });
  const read = async (): Promise<Content> => {
    const { bytes } = await store.read(files);
    return new Map([...bytes].map(([file, content]) => [file, content.toString()]));
  };
  const first = await read();
  const found = indexOf(contents, first);
  const plain = contentOf(disk);
  disk.onEvent = () => {};
  const next = new Map(files.map((file) => [file, `{"x":{"n":"after ${found}"}}`]));
  const changes = [...next].map(([file, text]) => [file, [Buffer.from(text)]] as const);
  await store.commit(store.snapshot(files), new Map(changes));
  const second = await read();
  await store.close();
  const problem =
    (found < 0 ? `holds ${show(first)}, which was never written` : undefined) ??
    (isSame(plain, first) ? undefined : `shows other programs ${show(plain)}`) ??
    (isSame(second, next) ? undefined : `holds ${show(second)} after ${show(next)} was written`) ??
    (isSame(contentOf(disk), next) ? undefined : "does not show what was written afterwards") ??
    strangers(disk);
  return { found, problem };
}

/** Nobody else wrote, so nothing may have been taken for somebody else's change. */
function strangers(disk: ModelDisk): string | undefined {
  const names = disk.folders().flatMap(({ names: held }) => [...held.keys()]);
  const conflict = names.find((name) => name.includes(".conflict-"));
  return conflict === undefined ? undefined : `holds ${conflict}`;
}

function indexOf(contents: readonly Content[], content: Content): number {
  return contents.findIndex((known) => isSame(known, content));
}

function isSame(a: Content, b: Content): boolean {
  return a.size === b.size && [...a].every(([file, text]) => b.get(file) === text);
}

function show(content: Content): string {
  return JSON.stringify(Object.fromEntries(content));
}
