import { defineCollection, text, type CollectionDefinition } from "@cutover/core";

/** A record of a load. The tag names the write that left it; the rest follows from the tag. */
// A type, as interfaces are no JSON objects to the compiler.
export type LoadRecord = { readonly tag: string; readonly note: string };

/** Defines a collection that a load can run on. */
export function loadCollection(name: string): CollectionDefinition<LoadRecord> {
  return defineCollection<LoadRecord>({ name, fields: { tag: text() } });
}

/** Sizes differ, so that records of a file move when others are written. */
export function loadRecord(tag: string): LoadRecord {
  let sum = 7;
  for (const letter of tag) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 1009;
  return { tag, note: `${tag} é\n`.repeat(sum % 12) };
}

/** @returns the write that left a record; one that nobody made when the record is damaged */
export function tagOf(record: LoadRecord | undefined): string | null {
  if (record === undefined) return null;
  const { tag } = record;
  const intact = JSON.stringify(loadRecord(tag)) === JSON.stringify(record);
  return intact ? tag : `damaged record of ${tag}`;
}
