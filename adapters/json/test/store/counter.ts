import { StoreConflict } from "../../src/store/store-conflict.ts";
import { type FileStore } from "../../src/store/file-store.ts";

/** Reads a file that holds one decimal number; 0 where there is no file. */
export async function readCounter(store: FileStore, file: string): Promise<number> {
  const { bytes } = await store.read([file]);
  return numberIn(bytes.get(file));
}

export function numberIn(bytes: Uint8Array | undefined): number {
  const text = bytes === undefined ? "0" : new TextDecoder().decode(bytes);
  if (!/^-?\d+$/.test(text)) throw new Error(`no number but ${text.length} other characters`);
  return Number(text);
}

/** Adds to the numbers in some files, all in one commit; redoes it on conflict. */
export async function add(store: FileStore, amounts: Record<string, number>): Promise<void> {
  for (;;) {
    try {
      await addOnce(store, amounts);
      return;
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}

/** As {@link add}, but a conflict is thrown. */
export async function addOnce(store: FileStore, amounts: Record<string, number>): Promise<void> {
  const { snapshot, bytes } = await store.read(Object.keys(amounts));
  const changes = Object.entries(amounts).map(
    ([file, amount]) =>
      [file, [new TextEncoder().encode(String(numberIn(bytes.get(file)) + amount))]] as const,
  );
  await store.commit(snapshot, new Map(changes));
}
