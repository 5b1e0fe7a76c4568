import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { jsonBackend } from "@cutover/json";
import { migrate, type MigrationTarget, rollback } from "../../../packages/cutover/src/index.ts";
import { readRecord } from "../../../packages/cutover/src/state/record-file.ts";
import { collections, counters } from "../kill-loop/counters.ts";
import type { Outcome, Sweepable } from "./sweep.ts";

type Verb = "migrate" | "rollback";

/** Files by their path in the folder, without those of the database and of this library's state. */
type Files = Readonly<Record<string, string>>;

/** What JSON files and SQLite keep beside their data. */
const passing = /^\.cutover\/json\/|-wal$|-shm$/;

/** Each way back leaves a database aside and a line of history: after so many a new folder is taken. */
const mostWays = 20;

/** A folder that is migrated as a whole, or back, and that somebody gives up moving. */
export class MigrationScene implements Sweepable {
  readonly #verb: Verb;
  readonly #place: string;
  #target: MigrationTarget;
  #before: Files = {};
  #ways = 0;

  /** @param place an empty folder */
  constructor(verb: Verb, place: string) {
    this.#verb = verb;
    this.#place = place;
    this.#target = newTarget(place);
  }

  call(signal: AbortSignal): Promise<unknown> {
    return this.#verb === "migrate"
      ? migrate(this.#target, { signal })
      : rollback(this.#target, { signal });
  }

  async prepare(): Promise<void> {
    const wanted = this.#verb === "migrate" ? "json" : "sqlite";
    if ((await this.#inCharge()) !== wanted) this.#ways += 1;
    if (this.#ways >= mostWays) {
      this.#target = newTarget(this.#place);
      this.#ways = 0;
    }
    const inCharge = await this.#inCharge();
    if (inCharge !== wanted && wanted === "json") await rollback(this.#target);
    // Somebody else writes, whom no lock that was left may keep out.
    if (wanted === "json" || inCharge !== wanted) await this.#write();
    if (inCharge !== wanted && wanted === "sqlite") await migrate(this.#target);
    this.#before = this.#files();
  }

  async judge({ isDone }: Outcome): Promise<string[]> {
    const isMigrated = (await this.#inCharge()) === "sqlite";
    const isWanted = isMigrated === (this.#verb === "migrate");
    const problems: string[] = [];
    if (isWanted !== isDone)
      problems.push(`it says that it is ${isDone ? "done" : "given up"}, which it is not`);
    // No record was changed in between: files stay, byte for byte, whichever way it ended.
    const files = this.#files();
    if (!isDeepStrictEqual(jsonOf(files), jsonOf(this.#before)))
      problems.push("files were changed");
    if (!isDone && !isDeepStrictEqual(Object.keys(files), Object.keys(this.#before)))
      problems.push(`it left ${Object.keys(files).join()}`);
    return problems;
  }

  async #inCharge(): Promise<string> {
    return (await readRecord(this.#target.folder))?.backend ?? "json";
  }

  async #write(): Promise<void> {
    const backend = await jsonBackend({ folder: this.#target.folder, collections });
    await backend.collection(counters).update("total", (now) => ({ n: (now?.n ?? 0) + 1 }));
    await backend.close();
  }

  #files(): Files {
    const { folder } = this.#target;
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const own = names.filter((name) => !passing.test(name)).toSorted();
    return Object.fromEntries(
      own.map((name) => [
        name,
        name.endsWith(".json") ? readFileSync(join(folder, name), "latin1") : "",
      ]),
    );
  }
}

function jsonOf(files: Files): Files {
  return Object.fromEntries(
    Object.entries(files).filter(
      ([name]) => name.endsWith(".json") && !name.startsWith(".cutover"),
    ),
  );
}

function newTarget(place: string): MigrationTarget {
  const folder = mkdtempSync(join(place, "data-"));
  for (const { name, file } of collections) {
    const records = Array.from({ length: 150 }, (_unused, n) => [`${name}${n}`, { n }] as const);
    writeFileSync(join(folder, file.path), JSON.stringify(Object.fromEntries(records), null, 2));
  }
  return { folder, collections, databasePath: join(folder, "app.db") };
}
