import { describe, expect, it } from "vitest";
import { noLock } from "../../src/lock/no-lock.ts";
import { properLock } from "../../src/lock/proper-lock.ts";
import { commitPoints } from "../../src/store/commit-points.ts";
import { type FileStore, fileStore } from "../../src/store/file-store.ts";
import { startChild, untilStopped } from "./child-process.ts";
import { add, readCounter } from "./counter.ts";
import { leftovers, tempFolder } from "./temp-folder.ts";

/** More than the store keeps records of, so that names are free to be claimed wrongly. */
const commitsMeanwhile = 12;

async function expectSum(store: FileStore, sum: number): Promise<void> {
  expect(await readCounter(store, "a.json")).toBe(sum);
  expect(await readCounter(store, "sub/b.json")).toBe(sum);
}

describe("a writer that sleeps inside a commit while others go on", () => {
  it.each(commitPoints)("at %s loses nothing and takes nothing back", async (point) => {
    const root = tempFolder();
    const other = await fileStore({ root, lock: noLock() });
    await add(other, { "a.json": 1, "sub/b.json": 1 });
    const child = startChild("./stop-at.fixture.ts", [root, point, "1", "SIGSTOP", "no-lock"]);
    expect(await child.nextLine()).toBe("here");
    await untilStopped(child);

    for (let done = 0; done < commitsMeanwhile; done += 1) {
      await other.withLock(() => add(other, { "a.json": 1, "sub/b.json": 1 }));
    }
    child.kill("SIGCONT");
    expect(await child.nextLine()).toBe("done");
    expect(await child.ended).toBe("exit");

    await expectSum(other, 1 + commitsMeanwhile + 1);
    await other.close();
    expect(leftovers(root)).toEqual([]);
  });

  it("loses its lock by age, and no update is lost", async () => {
    const root = tempFolder();
    const lock = properLock(`${root}/.cutover/json/lock`, { staleMs: 2000 });
    const other = await fileStore({ root, lock, lockTimeoutMs: 30_000 });
    await add(other, { "a.json": 1, "sub/b.json": 1 });
    const args = [root, "before-claim", "1", "SIGSTOP", "lock"];
    const child = startChild("./stop-at.fixture.ts", args);
    expect(await child.nextLine()).toBe("here");
    await untilStopped(child);

    await other.withLock(() => add(other, { "a.json": 1, "sub/b.json": 1 }));
    await other.withLock(async (held) => {
      child.kill("SIGCONT");
      expect(await child.nextLine()).toBe("done");
      expect(await child.ended).toBe("exit");
      // The sleeper must not have given back a lock that was not its own any more.
      expect(held.compromised).toBe(false);
    });

    await expectSum(other, 3);
    await other.close();
    expect(leftovers(root)).toEqual([]);
  });
});
