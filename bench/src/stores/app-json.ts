import { readFile, writeFile } from "node:fs/promises";
import type { BenchmarkRecord } from "@cutover/fixtures";
import type { ModelEntry } from "./models.ts";

/** The document as the application has it: an object keyed by file name. */
export type ModelDocument = { [key: string]: BenchmarkRecord };

/** As Python's `json.dump(indent=2)` writes it, but for escapes, of which these records have none. */
export function printDocument(document: ModelDocument): string {
  return JSON.stringify(document, null, 2);
}

/**
 * The application's own way: read and parse the whole file for every answer, print and write the
 * whole file for every change. Not atomic, not durable, and two writers lose each other's change.
 */
export class AppJson {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async load(): Promise<ModelDocument> {
    const document: ModelDocument = JSON.parse(await readFile(this.#path, "utf8"));
    return document;
  }

  async save(document: ModelDocument): Promise<void> {
    await writeFile(this.#path, printDocument(document));
  }

  async get(key: string): Promise<BenchmarkRecord | undefined> {
    return (await this.load())[key];
  }

  async put(key: string, value: BenchmarkRecord): Promise<void> {
    const document = await this.load();
    document[key] = value;
    await this.save(document);
  }
}

/** Writes the records in the application's format. */
export async function writeDocument(path: string, entries: readonly ModelEntry[]): Promise<void> {
  await writeFile(path, printDocument(Object.fromEntries(entries)));
}
