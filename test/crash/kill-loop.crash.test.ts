import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, onTestFinished, test } from "vitest";
import { defineCollection, integer, type StorageBackend } from "@cutover/core";
import { jsonBackend } from "@cutover/json";
import { sqliteBackend } from "@cutover/kysely/sqlite";

/** A short run by default; the long one is `CUTOVER_KILL_ROUNDS=500 pnpm test:crash`. */
const rounds = Number(process.env["CUTOVER_KILL_ROUNDS"] ?? 40);
/** Rounds between two looks at the store. */
const checkEvery = 5;
const counters = defineCollection<{ n: number }>({ name: "counters", fields: { n: integer() } });
const ledger = defineCollection<{ n: number }>({ name: "ledger", fields: { n: integer() } });
const collections = [counters, ledger];

interface Adapter {
  readonly kind: string;
  open(folder: string): Promise<StorageBackend>;
  /** Files that may lie in the folder once everything is closed. */
  readonly expectedFiles: RegExp;
}

const adapters: readonly Adapter[] = [
  {
    kind: "json",
    open: (folder) => jsonBackend({ folder, collections }),
    expectedFiles:
      /^(counters\.json|ledger\.json|\.cutover(\/json(\/(commits(\/commit-\d+)?|writers|lock\.holder))?)?)$/,
  },
  {
    kind: "sqlite",
    open: async (folder) => sqliteBackend({ path: join(folder, "data.db"), collections }),
    expectedFiles: /^data\.db$/,
  },
];

interface Acknowledged {
  readonly puts: string[];
  total: number;
}

/** Lets a writer run until it has acknowledged so many calls, then kills it without warning. */
async function writeAndKill(
  adapter: Adapter,
  folder: string,
  round: number,
  seen: Acknowledged,
): Promise<void> {
  const program = join(import.meta.dirname, "writer.fixture.ts");
  const args = ["--conditions=@cutover/source", program, adapter.kind, folder, String(round)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  // Places in the writer's cycle, and moments between them, differ from round to round.
  const killAfter = 1 + ((round * 7) % 23);
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, detail = ""] = line.split(" ");
    if (what === "put") seen.puts.push(detail);
    if (what === "total") seen.total = Math.max(seen.total, Number(detail));
    lines++;
    if (lines !== killAfter) continue;
    const microseconds = (round * 131) % 1500;
    const until = performance.now() + microseconds / 1000;
    while (performance.now() < until);
    child.kill("SIGKILL");
  }
  await exited;
}

async function checkStore(adapter: Adapter, folder: string, seen: Acknowledged): Promise<void> {
  const backend = await adapter.open(folder);
  const found = await backend.collection(counters).getMany(seen.puts);
  expect(seen.puts.filter((key) => !found.has(key))).toEqual([]);
  const total = await backend.collection(counters).get("total");
  // Each kill may come after the commit and before the word, so one more a round is possible.
  expect(total?.n ?? 0).toBeGreaterThanOrEqual(seen.total);
  expect(total?.n ?? 0).toBeLessThanOrEqual(seen.total + checkEvery);
  seen.total = total?.n ?? 0;
  const debit = (await backend.collection(ledger).get("debit"))?.n ?? 0;
  const credit = (await backend.collection(counters).get("credit"))?.n ?? 0;
  expect(debit + credit).toBe(0);
  await backend.close();
}

function leftBehind(adapter: Adapter, folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => !adapter.expectedFiles.test(name));
}

describe.each(adapters)("$kind: a writer killed with SIGKILL again and again", (adapter) => {
  test(`loses no acknowledged write, tears no transaction and leaves no file behind, in ${rounds} rounds`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "cutover-kill-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const seen: Acknowledged = { puts: [], total: 0 };
    for (let round = 0; round < rounds; round++) {
      await writeAndKill(adapter, folder, round, seen);
      // Reopening heals what the kill interrupted; a write makes the sweep run.
      if (round % checkEvery === checkEvery - 1 || round === rounds - 1)
        await checkStore(adapter, folder, seen);
    }
    const backend = await adapter.open(folder);
    await backend.collection(counters).put("last", { n: 0 });
    await backend.close();
    expect(seen.puts.length).toBeGreaterThan(rounds / 4);
    expect(leftBehind(adapter, folder)).toEqual([]);
  });
});
