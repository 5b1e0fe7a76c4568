import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import {
  currentProcess,
  formatIdentity,
  livenessOf,
  parseIdentity,
} from "../../src/lock/process-identity.ts";

function identityOf(pid: number) {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const started = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  return { ...currentProcess(), pid, started };
}

it("this process is alive, and its identity survives as text", () => {
  const self = currentProcess();
  expect(livenessOf(self)).toBe("alive");
  expect(parseIdentity(formatIdentity(self))).toEqual(self);
});

it("a child is alive until it is killed, also while nobody has collected it", async () => {
  // The shell does not collect its background child, which stays behind as a zombie.
  const child = spawn("sh", ["-c", "sleep 1000 & echo $!; exec sleep 1000"]);
  const [line]: unknown[] = await once(child.stdout, "data");
  const zombie = identityOf(Number(String(line)));
  const identity = identityOf(child.pid ?? 0);
  expect([livenessOf(identity), livenessOf(zombie)]).toEqual(["alive", "alive"]);
  process.kill(zombie.pid, "SIGKILL");
  while (!/\) Z/.test(readFileSync(`/proc/${zombie.pid}/stat`, "latin1"))) continue;
  expect(livenessOf(zombie)).toBe("dead");
  child.kill("SIGKILL");
  await once(child, "close");
  expect(livenessOf(identity)).toBe("dead");
});

it("a pid that was given to another process is dead", () => {
  expect(livenessOf({ ...currentProcess(), started: "1" })).toBe("dead");
  expect(livenessOf({ ...identityOf(1), started: "99999999999" })).toBe("dead");
});

it.each([{ host: "00000000" }, { boot: "00000000" }, { namespace: "1" }])(
  "a process that differs in %j cannot be judged",
  (other) => {
    expect(livenessOf({ ...currentProcess(), pid: 999_999_999, ...other })).toBe("unknown");
  },
);

it.each(["", "x", "00000000-0-0-1", "00000000-0-0-1-1-1", "../../etc", "zzzzzzzz-0-0-1-1"])(
  "%j is no identity",
  (text) => {
    expect(parseIdentity(text)).toBeUndefined();
  },
);
