import { isJsonObject, type CollectionDefinition, type JsonValue } from "@cutover/core";
import { fileFailure } from "../state/file-failure.ts";
import { FileWindow } from "./file-window.ts";
import { RecordIndex, type RecordPlace } from "./record-index.ts";
import { SourceFile } from "./source-file.ts";

/** The records of a collection in a file, by key and by place. Close it after use. */
export class IndexedCollection {
  readonly definition: CollectionDefinition;
  readonly index: RecordIndex;
  readonly window: FileWindow;

  private constructor(definition: CollectionDefinition, index: RecordIndex, window: FileWindow) {
    this.definition = definition;
    this.index = index;
    this.window = window;
  }

  /** @throws StorageError CORRUPT_DATA, IO_FAILED */
  static async open(
    definition: CollectionDefinition,
    path: string,
    signal?: AbortSignal,
  ): Promise<IndexedCollection> {
    const file = await SourceFile.open(path);
    if (file === undefined) throw fileFailure("open", path, undefined);
    try {
      const index = await RecordIndex.of(definition, file.chunks({ signal }));
      return new IndexedCollection(definition, index, new FileWindow(path));
    } finally {
      await file.close();
    }
  }

  /** @param hint - the ordinal to try first @returns the ordinal of the readable record, or -1 */
  find(key: string, hint = 0): number {
    return this.index.find(key, (place) => this.#hasKey(place, key), hint);
  }

  value(ordinal: number): JsonValue {
    const { valueStart, end } = this.index.place(ordinal);
    return this.#parse(valueStart, end);
  }

  close(): void {
    this.window.close();
  }

  #hasKey({ start, valueStart, end }: RecordPlace, key: string): boolean {
    const { file, keyMember = "" } = this.definition;
    if (file.shape === "array") {
      const value = this.#parse(start, end);
      return isJsonObject(value) && Object.hasOwn(value, keyMember) && value[keyMember] === key;
    }
    // The name ends before the colon and the white space around it.
    const lead = this.window.read(start, valueStart).toString("utf8");
    return JSON.parse(lead.slice(0, lead.lastIndexOf('"') + 1)) === key;
  }

  #parse(start: number, end: number): JsonValue {
    const value: JsonValue = JSON.parse(this.window.read(start, end).toString("utf8"));
    return value;
  }
}
