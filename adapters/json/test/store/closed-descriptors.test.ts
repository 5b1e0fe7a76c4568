import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { expect, it } from "vitest";
import { fileStore } from "../../src/store/file-store.ts";
import { add } from "./counter.ts";
import { tempFolder } from "./temp-folder.ts";

const descriptors = "/proc/self/fd";
/** What comes to an end a moment too late does so only now and then. */
const rounds = 100;

function openUnder(root: string): string[] {
  return readdirSync(descriptors).flatMap((fd) => {
    try {
      const path = readlinkSync(`${descriptors}/${fd}`);
      return path.startsWith(root) ? [path] : [];
    } catch {
      // It was the one that the folder was read by.
      return [];
    }
  });
}

it.runIf(existsSync(descriptors))(
  "a store that is closed has no file or folder open any more",
  async () => {
    for (let round = 0; round < rounds; round++) {
      const root = tempFolder();
      const store = await fileStore({ root });
      await add(store, { "a.json": 1, "b.json": 1 });
      await store.close();
      expect(openUnder(root)).toEqual([]);
    }
  },
);
