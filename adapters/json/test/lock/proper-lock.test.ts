import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, rmdirSync, utimesSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { lockIdOf } from "../../src/lock/lock-directory.ts";
import { noLock } from "../../src/lock/no-lock.ts";
import { properLock } from "../../src/lock/proper-lock.ts";
import { tempFolder } from "../store/temp-folder.ts";

async function holdIn(fixture: string, path: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL(fixture, import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@cutover/source", program, path], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  if (child.stdout === null) throw new Error("no output");
  await once(child.stdout, "data");
  return child;
}

it("lets one in at a time, in whatever order", async () => {
  const lock = properLock(`${tempFolder()}/lock`);
  let inside = 0;
  const most: number[] = [];
  const turn = async (): Promise<void> => {
    const held = await lock.acquire({ timeoutMs: 20_000 });
    inside += 1;
    most.push(inside);
    await new Promise((resolve) => setImmediate(resolve));
    expect(held.compromised).toBe(false);
    inside -= 1;
    await held.release();
  };
  await Promise.all(Array.from({ length: 20 }, turn));
  expect(most).toEqual(Array.from({ length: 20 }, () => 1));
});

it("is got by whoever waits for it in the same process, though another takes it again at once", async () => {
  const path = `${tempFolder()}/lock`;
  const [busy, patient] = [properLock(path), properLock(path)];
  const over = new AbortController();
  const writing = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const held = await busy.acquire({ timeoutMs: 20_000 });
      await new Promise((resolve) => setImmediate(resolve));
      await held.release();
    }
  };
  const underWay = writing();
  const waiting = patient.acquire({ timeoutMs: 2000 }).then((held) => held.release());
  await expect(waiting.finally(() => over.abort())).resolves.toBeUndefined();
  await underWay;
});

it("held by a living process times out with LOCK_TIMEOUT, and can be aborted", async () => {
  const path = `${tempFolder()}/lock`;
  const held = await properLock(path).acquire({ timeoutMs: 1000 });
  const other = properLock(path);
  await expect(other.acquire({ timeoutMs: 50 })).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
  const controller = new AbortController();
  const waiting = other.acquire({ timeoutMs: 60_000, signal: controller.signal });
  const reason = new Error("enough");
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  await held.release();
  await (await other.acquire({ timeoutMs: 1000 })).release();
  expect(readdirSync(path.slice(0, -5))).toEqual(["lock.holder"]);
});

it("of a killed process is taken over long before it is stale", async () => {
  const path = `${tempFolder()}/lock`;
  const child = await holdIn("./hold-lock.fixture.ts", path);
  const mine = properLock(path, { staleMs: 3_600_000 });
  await expect(mine.acquire({ timeoutMs: 100 })).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
  child.kill("SIGKILL");
  await once(child, "close");
  const held = await mine.acquire({ timeoutMs: 5000 });
  expect(held.compromised).toBe(false);
  await held.release();
  expect(existsSync(path)).toBe(false);
});

it("whose maker died before leaving its name is taken over too", async () => {
  const path = `${tempFolder()}/lock`;
  mkdirSync(path);
  const held = await properLock(path, { staleMs: 3_600_000 }).acquire({ timeoutMs: 10_000 });
  await held.release();
  expect(existsSync(path)).toBe(false);
});

it("of somebody on another host is left alone until it is stale", async () => {
  const path = `${tempFolder()}/lock`;
  mkdirSync(path);
  writeFileSync(`${path}.holder`, `${lockIdOf(path)} 00000000-0-0-1-1`.padEnd(160));
  const lock = properLock(path, { staleMs: 60_000 });
  await expect(lock.acquire({ timeoutMs: 700 })).rejects.toMatchObject({ code: "LOCK_TIMEOUT" });
  const past = new Date(Date.now() - 61_000);
  utimesSync(path, past, past);
  await (await lock.acquire({ timeoutMs: 5000 })).release();
});

it("says when it was taken over, and release() leaves the new owner's lock in place", async () => {
  const path = `${tempFolder()}/lock`;
  const first = await properLock(path).acquire({ timeoutMs: 1000 });
  expect(first.compromised).toBe(false);
  rmdirSync(path);
  const second = await properLock(path).acquire({ timeoutMs: 1000 });
  expect(first.compromised).toBe(true);
  await first.release();
  await first.release();
  expect(second.compromised).toBe(false);
  expect(existsSync(path)).toBe(true);
  await second.release();
  expect(existsSync(path)).toBe(false);
});

it("is given back by a process that exits, but never somebody else's", async () => {
  const path = `${tempFolder()}/lock`;
  const leaving = await holdIn("./exit-with-lock.fixture.ts", path);
  leaving.stdin?.write("\n");
  await once(leaving, "close");
  expect(existsSync(path)).toBe(false);

  const robbed = await holdIn("./exit-with-lock.fixture.ts", path);
  rmdirSync(path);
  const mine = await properLock(path).acquire({ timeoutMs: 1000 });
  robbed.stdin?.write("\n");
  await once(robbed, "close");
  expect(robbed.exitCode).toBe(0);
  expect(mine.compromised).toBe(false);
  await mine.release();
});

it("in a folder that does not exist is IO_FAILED at once", async () => {
  const lock = properLock(`${tempFolder()}/missing/lock`);
  await expect(lock.acquire({ timeoutMs: 60_000 })).rejects.toMatchObject({ code: "IO_FAILED" });
});

it("that never locks lets everybody in", async () => {
  const lock = noLock();
  const [first, second] = await Promise.all([
    lock.acquire({ timeoutMs: 0 }),
    lock.acquire({ timeoutMs: 0 }),
  ]);
  expect([first.compromised, second.compromised]).toEqual([false, false]);
  await Promise.all([first.release(), second.release()]);
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(lock.acquire({ timeoutMs: 0, signal })).rejects.toThrow("enough");
});
