import { replicaOf, memoryBackend, type DirtyMark, type StorageBackend } from "@cutover/core";
import type { WriteStep } from "./write-step.ts";
import { takeStep } from "./write-step.ts";
import type { Author } from "./journal.ts";
import { collectionNames, collections, nowMs, type CollectionName } from "./subject.ts";

/** One record as text that keeps the order of members. */
export interface Line {
  readonly key: string;
  readonly text: string;
}

/** Everything that a store holds, oldest first, the expired included. */
export type Content = Readonly<Record<CollectionName, readonly Line[]>>;

async function linesOf(store: StorageBackend, name: CollectionName): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const batch of replicaOf(store).oldestFirst(collections[name]))
    for (const { key, value } of batch)
      lines.push({ key, text: `${key} ${JSON.stringify(value)}` });
  return lines;
}

/** Reads a store from end to end, round the engine. */
export async function contentOf(store: StorageBackend): Promise<Content> {
  const plain = await linesOf(store, "plain");
  const newest = await linesOf(store, "newest");
  const claimed = await linesOf(store, "claimed");
  return { plain, newest, claimed };
}

/** What calls come to when they are made one after the other on a store that is never moved. */
export async function effectOf(steps: readonly WriteStep[]): Promise<Content> {
  const memory = memoryBackend({ clock: () => nowMs });
  for (const name of collectionNames) memory.collection(collections[name]);
  for (const step of steps) await takeStep(memory, step);
  const content = await contentOf(memory);
  await memory.close();
  return content;
}

/** One author's records, in their order, as text. */
export function ownText(content: Content, author: Author): string {
  return collectionNames
    .map((name) => {
      const own = content[name].filter(({ key }) => key.startsWith(author));
      return `${name}:\n${own.map(({ text }) => text).join("\n")}`;
    })
    .join("\n");
}

/**
 * Texts of both stores without what marks cover. They are equal if, and only if, every record that
 * differs, in its value, its presence or its place, is marked.
 */
export function uncovered(content: Content, marks: readonly DirtyMark[]): string {
  return collectionNames
    .map((name) => {
      const own = marks.filter(({ collection }) => collection === name);
      const keys = new Set(own.map(({ key }) => key));
      // The empty key stands for expired records that a write may still be removing.
      const sweeps = own.some(({ key, writers, moved }) => key === "" && (writers > 0 || moved));
      if (sweeps || keys.has(undefined)) return `${name}: anything`;
      const bare = content[name].filter(({ key }) => !keys.has(key));
      return `${name}:\n${bare.map(({ text }) => text).join("\n")}`;
    })
    .join("\n");
}
