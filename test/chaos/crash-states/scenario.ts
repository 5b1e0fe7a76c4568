import type { CollectionDefinition } from "@cutover/core";
import { defineCollection, integer } from "@cutover/core";
import type { CommitPoint } from "../../../adapters/json/src/store/commit-points.ts";
import type { DiskImage, StoredInode } from "../disk/disk-image.ts";
import { mountPoint, ModelDisk } from "../disk/model-disk.ts";

/** Where the data folder lies on the model disk. */
export const dataFolder: string = `${mountPoint}/data`;

type Count = { n: number };

/** Two collections whose files lie in different folders, changed together. */
export const collections: readonly CollectionDefinition<Count>[] = [
  defineCollection<Count>({ name: "a", fields: { n: integer() }, file: { path: "a.json" } }),
  defineCollection<Count>({ name: "b", fields: { n: integer() }, file: { path: "sub/b.json" } }),
];
/** Their files. */
export const files: readonly string[] = ["a.json", "sub/b.json"];

/** A disk to begin with, and the commits that are made to it one after another. */
export interface Scenario {
  readonly name: string;
  readonly says: string;
  readonly disk: () => ModelDisk;
  /** Commits made, and left durable, before the ones whose crashes are looked at. */
  readonly before: number;
  /** Which files each commit changes. */
  readonly commits: readonly (readonly string[])[];
  /** Another process began a commit of both files first, and stopped there for good. */
  readonly stoppedAt?: CommitPoint;
}

const both = ["a", "b"];
const stops: readonly CommitPoint[] = [
  "record-written",
  "linked",
  "claim-synced",
  "renamed",
  "targets-renamed",
];

export const scenarios: readonly Scenario[] = [
  {
    name: "new-folder",
    says: "the first commits ever, into a folder that is made for them",
    disk: () => new ModelDisk(),
    before: 0,
    commits: [["b"], both],
  },
  {
    name: "plain-files",
    says: "the first commits to files that another program left",
    disk: plainFiles,
    before: 0,
    commits: [both, ["b"]],
  },
  {
    name: "long-used",
    says: "commits to a store that has seen eight",
    disk: plainFiles,
    before: 8,
    commits: [["a"], ["b"], both],
  },
  ...stops.map((stoppedAt) => ({
    name: `stopped-at-${stoppedAt}`,
    says: `a commit after one whose process stopped at ${stoppedAt}`,
    disk: plainFiles,
    before: 2,
    commits: [["a"]],
    stoppedAt,
  })),
];

function plainFiles(): ModelDisk {
  const disk = new ModelDisk();
  disk.create(dataFolder, "folder", 0o755);
  disk.create(`${dataFolder}/sub`, "folder", 0o755);
  for (const file of files) {
    disk.write(
      disk.create(`${dataFolder}/${file}`, "file", 0o640),
      0,
      Buffer.from('{"x":{"n":0}}'),
    );
  }
  return new ModelDisk(imageOf(disk));
}

/** The disk after an orderly end: everything that was seen is there. */
export function imageOf(disk: ModelDisk): DiskImage {
  const inodes = [...disk.inodes].map(([ino, node]): [number, StoredInode] => {
    const { mode, uid, gid, mtimeNs } = node;
    const held = node.kind === "file" ? { data: node.data } : { names: new Map(node.names) };
    return [ino, { mode, uid, gid, mtimeNs, ...held }];
  });
  return { inodes: new Map(inodes) };
}
