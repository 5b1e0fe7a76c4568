import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { currentProcess, formatIdentity } from "../../src/lock/process-identity.ts";
import { fileStore } from "../../src/store/file-store.ts";
import { type StoreWarning } from "../../src/store/store-warning.ts";
import { add } from "./counter.ts";
import { gateAt } from "./gate.ts";
import { leftovers, tempFolder } from "./temp-folder.ts";

/** A writer's note and one temp file each in two folders, as if it had died there. */
function leave(root: string, identity: string): { temps: string[]; note: string } {
  const writer = `${identity}.0a1b2c3d`;
  const temps = [`.cutover-${writer}.1.tmp`, `sub/.cutover-${writer}.2.tmp`];
  mkdirSync(`${root}/sub`, { recursive: true });
  mkdirSync(`${root}/.cutover/json/writers`, { recursive: true });
  for (const temp of temps) writeFileSync(`${root}/${temp}`, "half");
  const note = `${root}/.cutover/json/writers/${writer}`;
  writeFileSync(note, JSON.stringify([".", "sub"]));
  return { temps, note };
}

const present = (root: string, temps: readonly string[]): string[] =>
  temps.filter((temp) => existsSync(`${root}/${temp}`));

function deadIdentity(): string {
  const { pid } = spawnSync(process.execPath, ["-e", ""]);
  return formatIdentity({ ...currentProcess(), pid });
}

const unknownIdentity = (): string => formatIdentity({ ...currentProcess(), host: "00000000" });

it("opening removes what a dead writer left, and says so", async () => {
  const root = tempFolder();
  const { temps, note } = leave(root, deadIdentity());
  writeFileSync(`${root}/.cutover-notes.txt`, "not ours");
  writeFileSync(`${root}/data.tmp`, "not ours");
  const warnings: StoreWarning[] = [];
  const store = await fileStore({ root, warn: (warning) => warnings.push(warning) });
  await store.close();
  expect(present(root, temps)).toEqual([]);
  expect(existsSync(note)).toBe(false);
  expect(warnings).toEqual([{ kind: "swept", files: temps }]);
  expect(readdirSync(root)).toEqual([".cutover", ".cutover-notes.txt", "data.tmp", "sub"]);
});

it("a writer that dies while a store is open is swept with the next turn to write", async () => {
  const root = tempFolder();
  const store = await fileStore({ root });
  const { temps } = leave(root, deadIdentity());
  await store.withLock(async () => {});
  expect(present(root, temps)).toEqual([]);
  await store.close();
});

it("temp files of a living writer stay, however old they are", async () => {
  const root = tempFolder();
  const gate = gateAt("temps-written");
  const slow = await fileStore({ root, pause: gate.pause });
  const commit = add(slow, { "a.json": 1, "sub/b.json": 1 });
  await gate.reached;
  const past = new Date(Date.now() - 3_700_000);
  const temps = leftovers(root).filter((path) => path.endsWith(".tmp"));
  for (const temp of temps) utimesSync(`${root}/${temp}`, past, past);
  const other = await fileStore({ root });
  await other.withLock(async () => {});
  expect(leftovers(root).filter((path) => path.endsWith(".tmp"))).toEqual(temps);
  gate.open();
  await commit;
  expect(other.snapshot(["a.json"]).revision).toBe(1);
  await Promise.all([slow.close(), other.close()]);
});

it("temp files of a writer that cannot be judged stay for an hour", async () => {
  const root = tempFolder();
  const { temps, note } = leave(root, unknownIdentity());
  await (await fileStore({ root })).close();
  expect(present(root, temps)).toEqual(temps);
  const past = new Date(Date.now() - 3_700_000);
  for (const temp of temps) utimesSync(`${root}/${temp}`, past, past);
  await (await fileStore({ root })).close();
  expect(present(root, temps)).toEqual([]);
  expect(existsSync(note)).toBe(true);
});

it("a note that points outside the folder leads nowhere", async () => {
  const root = tempFolder();
  mkdirSync(`${root}/data`);
  const { temps } = leave(root, deadIdentity());
  const { note } = leave(`${root}/data`, deadIdentity());
  writeFileSync(note, JSON.stringify(["..", "/", "a/../.."]));
  await (await fileStore({ root: `${root}/data` })).close();
  expect(present(root, temps)).toEqual(temps);
});
