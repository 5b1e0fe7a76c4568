import { type JsonValue, StorageError } from "@cutover/core";
import type { DocumentChange, EditOptions } from "./change.ts";
import { maxKeyBytes } from "./finding.ts";
import { findingsOf } from "./findings-of.ts";
import { corrupt } from "./position.ts";
import type { JsonRecord } from "./record.ts";
import { changedRecord, newRecord } from "./record-builder.ts";
import { type RecordDraft, regroup } from "./regroup.ts";
import type { DocumentState } from "./state.ts";

function checkKey(key: string): void {
  if (key !== "" && key.isWellFormed() && !key.includes("\0")) {
    if (Buffer.byteLength(key) <= maxKeyBytes) return;
  }
  throw new StorageError(
    "INVALID_KEY",
    "A record's key must be well-formed text of 1 to 1,024 UTF-8 bytes without NUL.",
  );
}

/** The changes of one edit while they are gathered; nothing of the document is touched. */
class Edit {
  readonly #state: DocumentState;
  readonly #replaceOpaque: boolean;
  /** Base records by order: another record in its place, or null where it goes. */
  readonly #replaced = new Map<number, JsonRecord | null>();
  readonly #added = new Map<number, JsonRecord>();
  readonly #byKey = new Map<string, JsonRecord | null>();
  readonly #first: number;
  readonly #last: number;
  #nextBefore: number;
  #nextAfter: number;
  #isCleared = false;

  constructor(state: DocumentState, options: EditOptions) {
    this.#state = state;
    this.#replaceOpaque = options.replaceOpaque ?? false;
    this.#first = state.groups[0]?.records[0]?.order ?? 0;
    this.#last = state.groups.at(-1)?.records.at(-1)?.order ?? -1;
    this.#nextBefore = this.#first - 1;
    this.#nextAfter = this.#last + 1;
  }

  apply(change: DocumentChange): void {
    if (change.type === "put") this.#put(change.key, change.value, change.order ?? "append");
    else if (change.type === "delete") this.#delete(change.key);
    else if (change.type === "clear") this.#clear();
    else this.#replaceAll(new Map(change.records));
  }

  draft(): RecordDraft {
    return {
      isCleared: this.#isCleared,
      replaced: this.#replaced,
      added: this.#added,
      byKey: this.#byKey,
    };
  }

  #current(key: string): JsonRecord | undefined {
    const changed = this.#byKey.get(key);
    if (changed !== undefined) return changed ?? undefined;
    return this.#isCleared ? undefined : this.#state.index.get(key);
  }

  #put(key: string, value: JsonValue, order: "append" | "prepend"): void {
    checkKey(key);
    const current = this.#current(key);
    if (current === undefined) {
      const at = order === "append" ? this.#nextAfter++ : this.#nextBefore--;
      this.#place(newRecord(this.#state, key, value, at), key);
      return;
    }
    if (current.isOpaque) this.#replaceUnreadable(current);
    const next = changedRecord(this.#state, current, value);
    if (next !== current) this.#place(next, key);
  }

  #delete(key: string): void {
    const current = this.#current(key);
    if (current === undefined) return;
    if (current.isOpaque) this.#replaceUnreadable(current);
    this.#byKey.set(key, null);
    if (this.#isBase(current.order)) this.#replaced.set(current.order, null);
    else this.#added.delete(current.order);
  }

  #clear(): void {
    if (this.#state.opaqueCount > 0 && !this.#replaceOpaque) this.#refuse();
    this.#isCleared = true;
    this.#replaced.clear();
    this.#added.clear();
    this.#byKey.clear();
  }

  #replaceAll(records: ReadonlyMap<string, JsonValue>): void {
    if (this.#keepsOrder(records)) {
      for (const [key, value] of records) this.#put(key, value, "append");
      return;
    }
    const before = new Map([...records.keys()].map((key) => [key, this.#current(key)]));
    this.#clear();
    for (const [key, value] of records) {
      checkKey(key);
      const old = before.get(key);
      const at = this.#nextAfter++;
      const next =
        old === undefined || old.isOpaque
          ? newRecord(this.#state, key, value, at)
          : changedRecord(this.#state, old, value).withOrder(at);
      this.#place(next, key);
    }
  }

  /** True when the records there are already have these keys, in this order, and no others. */
  #keepsOrder(records: ReadonlyMap<string, JsonValue>): boolean {
    if (this.#byKey.size > 0 || this.#isCleared || this.#state.opaqueCount > 0) return false;
    if (records.size !== this.#state.count) return false;
    const keys = records.keys();
    return this.#state.groups.every((group) =>
      group.records.every((record) => record.key === keys.next().value),
    );
  }

  #isBase(order: number): boolean {
    return !this.#isCleared && order >= this.#first && order <= this.#last;
  }

  #place(record: JsonRecord, key: string): void {
    this.#byKey.set(key, record);
    if (this.#isBase(record.order)) this.#replaced.set(record.order, record);
    else this.#added.set(record.order, record);
  }

  /** An opaque record goes only where that was asked for, and takes its namesakes with it. */
  #replaceUnreadable(record: JsonRecord): void {
    if (!this.#replaceOpaque) this.#refuse(record);
    for (const group of this.#state.groups) {
      for (const other of group.records) {
        const isNamesake = other.key === record.key && other.order !== record.order;
        if (isNamesake) this.#replaced.set(other.order, null);
      }
    }
  }

  #refuse(record?: JsonRecord): never {
    const [finding] = findingsOf(this.#state, record);
    if (finding === undefined) throw new StorageError("CORRUPT_DATA", "A record cannot be read.");
    throw corrupt(
      `${finding.message}. The record cannot be read and is kept as it is; mend the file, or ask for it to be replaced`,
      finding.position,
    );
  }
}

/** The state after `changes`; `state` itself when none of them changes a byte. */
export function applyChanges(
  state: DocumentState,
  changes: Iterable<DocumentChange>,
  options: EditOptions,
): DocumentState {
  const edit = new Edit(state, options);
  for (const change of changes) edit.apply(change);
  return regroup(state, edit.draft());
}
