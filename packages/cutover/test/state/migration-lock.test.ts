import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isStorageError } from "@cutover/core";
import { beforeEach, describe, expect, it } from "vitest";
import { withMigrationLock } from "../../src/state/migration-lock.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cutover-lock-"));
});

const holder = join(import.meta.dirname, "lock-holder.fixture.ts");

describe("the migration lock", () => {
  it("turns a second operator away while the first one works", async () => {
    const child = fork(holder, [folder], { execArgv: ["--conditions=@cutover/source"] });
    await once(child, "message");
    const attempt = withMigrationLock(folder, async () => "in", { timeoutMs: 50 });
    await expect(attempt).rejects.toSatisfy((error) => isStorageError(error, "LOCK_TIMEOUT"));
    await expect(attempt).rejects.toThrow(/another cutover command/);
    child.send("leave");
    await once(child, "exit");
    expect(await withMigrationLock(folder, async () => "in", { timeoutMs: 50 })).toBe("in");
  });

  it("of a process that was killed is free at once", async () => {
    const child = fork(holder, [folder], { execArgv: ["--conditions=@cutover/source"] });
    await once(child, "message");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(await withMigrationLock(folder, async () => "in", { timeoutMs: 1_000 })).toBe("in");
  });

  it("is given back when the work fails, and the failure is passed on", async () => {
    const work = withMigrationLock(folder, async () => {
      throw new RangeError("no");
    });
    await expect(work).rejects.toThrow(RangeError);
    expect(await withMigrationLock(folder, async () => "in", { timeoutMs: 50 })).toBe("in");
  });

  it("tells work that lost it", async () => {
    const lost = { compromised: true, release: async () => {} };
    const work = withMigrationLock(folder, async (turn) => turn.check(), {
      lock: () => ({ acquire: async () => lost }),
    });
    await expect(work).rejects.toSatisfy((error) => isStorageError(error, "LOCK_LOST"));
  });
});
