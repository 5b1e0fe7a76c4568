import { randomBytes } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  currentProcess,
  formatIdentity,
  parseIdentity,
  type ProcessIdentity,
} from "../lock/process-identity.ts";
import { folderOf } from "./file-name.ts";
import { type StorePaths } from "./store-paths.ts";

const tempPattern = /^\.cutover-(([0-9a-f-]+)\.[0-9a-f]{8})\.\d+\.tmp$/;
const writerPattern = /^([0-9a-f-]+)\.[0-9a-f]{8}$/;

/** @returns the writer whose temp file has this name, or undefined for any other file */
export function writerOfTemp(name: string): string | undefined {
  return tempPattern.exec(name)?.[1];
}

/** @returns the writer that made a token */
export function writerOfToken(token: string): string {
  return token.slice(0, token.lastIndexOf("."));
}

/** @returns the process of a writer, or undefined if `writer` names none */
export function processOfWriter(writer: string): ProcessIdentity | undefined {
  const identity = writerPattern.exec(writer)?.[1];
  return identity === undefined ? undefined : parseIdentity(identity);
}

/**
 * One open store that writes. Its temp files carry its name, and a note in `writers/` says in
 * which folders to look for them if it dies, so that sweeping needs neither lock nor full scan.
 */
export class Writer {
  readonly name: string;
  readonly #paths: StorePaths;
  readonly #folders = new Set<string>();
  #count = 0;

  constructor(paths: StorePaths) {
    this.#paths = paths;
    this.name = `${formatIdentity(currentProcess())}.${randomBytes(4).toString("hex")}`;
  }

  /** Unique to every attempt of every writer: never used twice, so a late rename finds nothing. */
  nextToken(): string {
    this.#count += 1;
    return `${this.name}.${this.#count}`;
  }

  /** Path of a temp file beside `file`, relative to the data folder. */
  nextTemp(file: string): string {
    const folder = folderOf(file);
    const name = `.cutover-${this.nextToken()}.tmp`;
    return folder === "." ? name : `${folder}/${name}`;
  }

  /** Notes, before the first temp file there, which folders this writer uses. */
  announce(files: Iterable<string>): void {
    const before = this.#folders.size;
    for (const file of files) this.#folders.add(folderOf(file));
    if (this.#folders.size === before) return;
    writeFileSync(this.#notePath, JSON.stringify([...this.#folders]), { mode: 0o600 });
  }

  /** Forgets that it announced itself, after the state folder was made anew. */
  reset(): void {
    this.#folders.clear();
  }

  /** Takes the note away; the writer has no temp files any more. */
  leave(): void {
    if (this.#folders.size === 0) return;
    this.#folders.clear();
    try {
      rmSync(this.#notePath, { force: true });
    } catch {
      // It says only where to look; whoever sweeps when this process has ended takes it away.
    }
  }

  get #notePath(): string {
    return join(this.#paths.writers, this.name);
  }
}
