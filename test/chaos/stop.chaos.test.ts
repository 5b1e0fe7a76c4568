import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, type TestContext, test } from "vitest";
import { jsonBackend, properLock } from "@cutover/json";
import { failuresTellTheirCommand } from "./again.ts";
import { converse } from "./stop/conversation.ts";
import { counters, held, holders, staleMs } from "./stop/holder.ts";

failuresTellTheirCommand();

/**
 * Law: who is killed is succeeded at once, not when its lock has grown old; who sleeps keeps what
 * the operating system guards, and learns that it lost what only time guards; nothing is lost.
 * Signals that stop a process, and /proc to see it stopped, are those of Linux.
 */
const isLinux = process.platform === "linux";
/** Shorter than the age at which a lock is taken over without asking. */
const soonMs = staleMs - 500;

function freshFolder({ onTestFinished }: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "cutover-stop-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe.skipIf(!isLinux)("a holder that is killed while others wait", () => {
  test.for(held)("is succeeded before its lock has grown old: %s", async (kind, context) => {
    const folder = freshFolder(context);
    const holder = converse("hold.fixture.ts", [kind, folder]);
    expect(await holder.hear()).toBe("held");
    await expect(holders[kind](folder, 50)).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
    const waiting = holders[kind](folder, soonMs);
    const killed = performance.now();
    await holder.kill();
    const successor = await waiting;
    const tookMs = (performance.now() - killed).toFixed(0);
    console.log(`${kind}: taken over ${tookMs} ms after the kill`);
    expect(successor.isMine()).toBe(true);
    await successor.release();
  });
});

describe.skipIf(!isLinux)("a holder that sleeps for longer than a lock may be old", () => {
  test.concurrent.for(held.slice(1))(
    "keeps what the operating system guards: %s",
    async (kind, context) => {
      const folder = freshFolder(context);
      const holder = converse("hold.fixture.ts", [kind, folder]);
      context.onTestFinished(() => holder.kill());
      expect(await holder.hear()).toBe("held");
      await holder.stop();
      await expect(holders[kind](folder, staleMs + 500)).rejects.toMatchObject({
        code: "LOCK_TIMEOUT",
      });
      holder.goOn();
      holder.say("mine?");
      expect(await holder.hear()).toBe("true");
      holder.say("release");
      expect(await holder.hear()).toBe("released");
      await (await holders[kind](folder, 10_000)).release();
    },
  );

  test.concurrent("knows afterwards that the lock of JSON files is another's, and leaves it alone", async (context) => {
    const folder = freshFolder(context);
    const holder = converse("hold.fixture.ts", [held[0], folder]);
    context.onTestFinished(() => holder.kill());
    expect(await holder.hear()).toBe("held");
    await holder.stop();
    const successor = await holders[held[0]](folder, 30_000);
    holder.goOn();
    holder.say("mine?");
    expect(await holder.hear()).toBe("false");
    holder.say("release");
    expect(await holder.hear()).toBe("released");
    expect(successor.isMine()).toBe(true);
    await successor.release();
  });

  test.concurrent.for(["before-claim", "linked", "before-rename", "targets-renamed"])(
    "inside a commit, at %s, loses no update of its own and none of the others",
    async (point, context) => {
      const folder = freshFolder(context);
      const sleeper = converse("update.fixture.ts", [folder, point]);
      context.onTestFinished(() => sleeper.kill());
      expect(await sleeper.hear()).toBe("here");
      await sleeper.stopped();
      const backend = await jsonBackend({
        folder,
        collections: [counters],
        lock: properLock(join(folder, ".cutover/json/lock"), { staleMs }),
        lockTimeoutMs: 30_000,
      });
      for (let times = 0; times < 3; times += 1) {
        await backend.collection(counters).update("x", (current) => ({ n: (current?.n ?? 0) + 1 }));
      }
      sleeper.goOn();
      expect(await sleeper.hear()).toBe("done");
      expect(await backend.collection(counters).get("x")).toEqual({ n: 5 });
      await backend.close();
    },
  );
});
