import { closeSync, fstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import type { BenchmarkRecord } from "@cutover/fixtures";
import { HandCommit } from "./hand-commit.ts";
import { checkRecord } from "./hand-record.ts";
import type { ModelDocument } from "./app-json.ts";

/** How tables call what {@link HandJsonReader} and {@link HandJsonWriter} do. */
export const byHandJson = "our files by hand";

const isSame = (one: Stats, other: Stats): boolean =>
  one.mtimeMs === other.mtimeMs &&
  one.ctimeMs === other.ctimeMs &&
  one.nlink === other.nlink &&
  one.size === other.size;

/**
 * Nothing one would use: records of a JSON file out of a map, and the two system calls that tell
 * that no process has written the file or put another one in its place.
 */
export class HandJsonReader {
  readonly #path: string;
  readonly #folder: number;
  #file: number;
  #folderStats: Stats;
  #fileStats: Stats;
  #records: ReadonlyMap<string, BenchmarkRecord>;

  constructor(path: string) {
    this.#path = path;
    this.#folder = openSync(dirname(path), "r");
    this.#folderStats = fstatSync(this.#folder);
    this.#file = openSync(path, "r");
    this.#fileStats = fstatSync(this.#file);
    this.#records = this.#read();
  }

  async get(key: string): Promise<BenchmarkRecord | undefined> {
    const isStill =
      fstatSync(this.#folder).mtimeMs === this.#folderStats.mtimeMs &&
      isSame(fstatSync(this.#file), this.#fileStats);
    if (!isStill) this.#reload();
    const found = this.#records.get(key);
    // A copy: what one caller does to a record, no other may see.
    return found === undefined ? undefined : { ...found, tags: found.tags.slice() };
  }

  #reload(): void {
    closeSync(this.#file);
    this.#folderStats = fstatSync(this.#folder);
    this.#file = openSync(this.#path, "r");
    this.#fileStats = fstatSync(this.#file);
    this.#records = this.#read();
  }

  #read(): ReadonlyMap<string, BenchmarkRecord> {
    const document: ModelDocument = JSON.parse(readFileSync(this.#file, "utf8"));
    return new Map(Object.entries(document));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const open of [this.#folder, this.#file]) closeSync(open);
  }
}

const indented = (value: BenchmarkRecord): string =>
  JSON.stringify(value, null, 2).replaceAll("\n", "\n  ");

/**
 * Nothing one would use: records of a JSON file put by hand. Those that are put at once share a
 * commit; bytes of records that stay are copied from the version before.
 */
export class HandJsonWriter {
  readonly #commit: HandCommit;
  readonly #places = new Map<string, number>();
  /** Of each record, where its value begins and ends. */
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  #bytes: Buffer;
  #pending = new Map<number, string>();
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  /** @param path of a file as the application prints it */
  constructor(path: string) {
    this.#commit = new HandCommit(path);
    this.#bytes = readFileSync(path);
    const document: ModelDocument = JSON.parse(this.#bytes.toString());
    const records = Object.entries(document);
    this.#starts = new Uint32Array(records.length);
    this.#ends = new Uint32Array(records.length);
    let at = 0;
    records.forEach(([key, value], place) => {
      const name = `\n  ${JSON.stringify(key)}: `;
      const start = this.#bytes.indexOf(name, at) + Buffer.byteLength(name);
      this.#places.set(key, place);
      this.#starts[place] = start;
      this.#ends[place] = at = start + Buffer.byteLength(indented(value));
    });
  }

  put(key: string, value: BenchmarkRecord): Promise<void> {
    checkRecord(key, value);
    const place = this.#places.get(key);
    if (place === undefined) throw new RangeError(`there is no record ${key}`);
    this.#pending.set(place, indented(value));
    if (this.#next === undefined) this.#last = this.#next = this.#commitAfter(this.#last);
    return this.#next;
  }

  async #commitAfter(before: Promise<void>): Promise<void> {
    await before;
    this.#next = undefined;
    const pending = this.#pending;
    this.#pending = new Map();
    this.#rebuild(pending);
    await this.#commit.commit(this.#bytes);
  }

  #rebuild(pending: ReadonlyMap<number, string>): void {
    const before = this.#bytes;
    let size = before.length;
    for (const [place, text] of pending) size += Buffer.byteLength(text) - this.#sizeOf(place);
    const next = Buffer.allocUnsafeSlow(size);
    let from = 0;
    let to = 0;
    for (let place = 0; place < this.#starts.length; place++) {
      const start = this.#starts[place] ?? 0;
      const end = this.#ends[place] ?? 0;
      const text = pending.get(place);
      this.#starts[place] = start - from + to;
      if (text !== undefined) {
        to += before.copy(next, to, from, start);
        to += next.write(text, to);
        from = end;
      }
      this.#ends[place] = end - from + to;
    }
    before.copy(next, to, from);
    this.#bytes = next;
  }

  #sizeOf(place: number): number {
    return (this.#ends[place] ?? 0) - (this.#starts[place] ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#commit[Symbol.asyncDispose]();
  }
}
