import type { ComparedEntry, EntryBatches } from "./comparison.ts";
import { equalValues } from "./equal-values.ts";
import type { FileSink } from "./file-sink.ts";
import type { FileWindow } from "./file-window.ts";
import type { IndexedCollection } from "./indexed-collection.ts";
import type { RecordIndex, RecordPlace } from "./record-index.ts";
import { gapEnd, RecordStyle } from "./record-style.ts";

/** How the records a file should hold differ from those it holds. */
export interface RewriteSurvey {
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
  /** The records that stay are in another order. */
  readonly isReordered: boolean;
  readonly isUnchanged: boolean;
}

/** Records of one collection in a file, and what they are to become. The file has at least one. */
export class CollectionRewrite {
  readonly #records: IndexedCollection;
  readonly #index: RecordIndex;
  readonly #source: FileWindow;
  readonly #style: RecordStyle;
  readonly #survives: Uint8Array;
  readonly #superseded = new Set<number>();
  readonly #opaqueByKey: ReadonlyMap<string, readonly number[]>;

  constructor(records: IndexedCollection) {
    const { definition, index, window } = records;
    this.#records = records;
    this.#index = index;
    this.#source = window;
    this.#style = new RecordStyle(definition, index, window);
    this.#survives = new Uint8Array(index.size);
    const opaque = new Map<string, number[]>();
    for (const { key, ordinal } of index.opaque) {
      if (key !== undefined) opaque.set(key, [...(opaque.get(key) ?? []), ordinal]);
    }
    this.#opaqueByKey = opaque;
  }

  /** Looks through what the records are to become. Must run before {@link write}. */
  async survey(wanted: EntryBatches): Promise<RewriteSurvey> {
    let [added, changed, kept, last, isReordered] = [0, 0, 0, -1, false];
    for await (const batch of wanted) {
      for (const { key, value } of batch) {
        const ordinal = this.#records.find(key, last + 1);
        if (ordinal < 0) {
          added += 1;
          this.#supersede(key);
          continue;
        }
        this.#survives[ordinal] = 1;
        kept += 1;
        if (ordinal < last) isReordered = true;
        last = ordinal;
        if (!equalValues(this.#records.value(ordinal), value)) changed += 1;
      }
    }
    this.#dropNamesakes();
    const deleted = this.#index.size - this.#index.opaque.length - kept;
    const isUnchanged = added + changed + deleted === 0 && !isReordered;
    return { added, changed, deleted, isReordered, isUnchanged };
  }

  /** Writes the whole file with its records made what is wanted; opaque ones stay where they are. */
  async write(wanted: EntryBatches, sink: FileSink): Promise<void> {
    const output = new ItemOutput(this.#source, this.#style, sink);
    const followers = this.#followers();
    const first = this.#index.place(0);
    await output.raw(0, first.start - this.#style.firstGap.length);
    const follow = (ordinal: number): void => {
      for (const next of followers.get(ordinal) ?? []) output.kept(this.#gapped(next));
    };
    follow(-1);
    let last = -1;
    for await (const batch of wanted) {
      for (const entry of batch) {
        const ordinal = this.#records.find(entry.key, last + 1);
        this.#writeRecord(entry, ordinal, output);
        if (ordinal >= 0) {
          last = ordinal;
          follow(ordinal);
        }
        if (sink.isFull) await sink.flush();
      }
    }
    const end = this.#index.place(this.#index.size - 1).end;
    await output.raw(output.isEmpty ? gapEnd(this.#source, end) : end, this.#source.sizeBytes);
    await sink.flush();
  }

  #writeRecord({ key, value }: ComparedEntry, ordinal: number, output: ItemOutput): void {
    if (ordinal < 0) return output.added(this.#style.newItem(key, value));
    const item = this.#gapped(ordinal);
    const previous = this.#records.value(ordinal);
    if (equalValues(previous, value)) return output.kept(item);
    const bytes = this.#source.read(item.valueStart, item.end);
    output.changed(item, this.#style.changed(bytes, previous, value));
  }

  #gapped(ordinal: number): GappedPlace {
    const before = ordinal === 0 ? undefined : this.#index.place(ordinal - 1).end;
    return { ...this.#index.place(ordinal), gapStart: before };
  }

  /** A record written under the key of one that cannot be read takes its place. */
  #supersede(key: string): void {
    for (const ordinal of this.#opaqueByKey.get(key) ?? []) this.#superseded.add(ordinal);
  }

  /** With a deleted record go its namesakes, or one of them would be read in its stead. */
  #dropNamesakes(): void {
    for (const [key, ordinals] of this.#opaqueByKey) {
      const ordinal = this.#records.find(key, 0);
      if (ordinal < 0 || this.#survives[ordinal] === 1) continue;
      for (const namesake of ordinals) this.#superseded.add(namesake);
    }
  }

  /** After which record that stays each opaque one stands; -1 is the front. */
  #followers(): ReadonlyMap<number, readonly number[]> {
    const followers = new Map<number, number[]>();
    let [anchor, passed] = [-1, 0];
    for (const { ordinal } of this.#index.opaque) {
      for (; passed < ordinal; passed += 1) if (this.#survives[passed] === 1) anchor = passed;
      if (this.#superseded.has(ordinal)) continue;
      const group = followers.get(anchor);
      if (group === undefined) followers.set(anchor, [ordinal]);
      else group.push(ordinal);
    }
    return followers;
  }
}

interface GappedPlace extends RecordPlace {
  /** Where the bytes between the record before and this one begin; undefined for the first. */
  readonly gapStart: number | undefined;
}

/** Puts items one after another, each with what stood before it. */
class ItemOutput {
  readonly #source: FileWindow;
  readonly #style: RecordStyle;
  readonly #sink: FileSink;
  isEmpty = true;

  constructor(source: FileWindow, style: RecordStyle, sink: FileSink) {
    this.#source = source;
    this.#style = style;
    this.#sink = sink;
  }

  /** Bytes of the file as they are. */
  async raw(start: number, end: number): Promise<void> {
    const step = 1_048_576;
    for (let at = start; at < end; at += step) {
      this.#sink.add(this.#source.read(at, Math.min(at + step, end)));
      if (this.#sink.isFull) await this.#sink.flush();
    }
  }

  kept(place: GappedPlace): void {
    this.#lead(place);
    this.#sink.add(this.#source.read(place.start, place.end));
  }

  changed(place: GappedPlace, value: Buffer): void {
    this.#lead(place);
    this.#sink.add(this.#source.read(place.start, place.valueStart));
    this.#sink.add(value);
  }

  added(item: Buffer): void {
    this.#lead(undefined);
    this.#sink.add(item);
  }

  #lead(place: GappedPlace | undefined): void {
    if (this.isEmpty) this.#sink.add(this.#style.firstGap);
    else if (place?.gapStart === undefined) this.#sink.add(this.#style.separator);
    else this.#sink.add(this.#source.read(place.gapStart, place.start));
    this.isEmpty = false;
  }
}
