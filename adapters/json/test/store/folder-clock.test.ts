import { mkdirSync, utimesSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { FolderClock } from "../../src/store/folder-clock.ts";
import { tempFolder } from "./temp-folder.ts";

/** As after a look at a folder that has been still for long. */
function settled(paths: readonly string[]): FolderClock {
  const clock = new FolderClock(paths);
  // A look is believed for a few milliseconds, which may be over by the next line.
  for (let tries = 0; tries < 1000; tries += 1) {
    clock.start();
    clock.finish();
    if (clock.isUnchanged()) return clock;
  }
  throw new Error("no look was ever believed");
}

it.each(["", "a", "a/b", "a/b/c"])(
  "a name in a folder is noticed wherever the way to it begins: %j is there",
  (there) => {
    const root = tempFolder();
    const folder = join(root, "a/b/c");
    mkdirSync(join(root, there), { recursive: true });
    const past = new Date(Date.now() - 3_600_000);
    utimesSync(join(root, there), past, new Date(past.getTime() + 7));
    const clock = settled([folder, dirname(folder), join(root, "a"), root]);
    mkdirSync(join(folder, "name"), { recursive: true });
    expect(clock.isUnchanged()).toBe(false);
    clock.close();
  },
);

it("a folder that changed a moment ago is not believed to be still", () => {
  const root = tempFolder();
  const clock = new FolderClock([root]);
  const ahead = new Date(Date.now() + 60_000);
  utimesSync(root, ahead, ahead);
  clock.start();
  clock.finish();
  expect(clock.isUnchanged()).toBe(false);
  clock.close();
});
