import type { KeyedValue } from "@cutover/core";
import { readSide, type Role } from "./side-trouble.ts";

/** The next records of a stream: as many as somebody wants to look ahead. */
export class RecordWindow {
  private readonly role: Role;
  private readonly batches: AsyncIterator<readonly KeyedValue[]>;
  private records: readonly KeyedValue[] = [];
  private at = 0;
  private hasEnded = false;
  private present = 0;

  constructor(role: Role, stream: AsyncIterable<readonly KeyedValue[]>) {
    this.role = role;
    this.batches = stream[Symbol.asyncIterator]();
  }

  /** Records that are there without waiting. */
  get length(): number {
    return this.records.length - this.at;
  }

  get head(): KeyedValue | undefined {
    return this.records[this.at];
  }

  /** The record so many places behind the head, where it is there without waiting. */
  ahead(places: number): KeyedValue | undefined {
    return this.records[this.at + places];
  }

  /** Makes so many records be there, or all that are left. */
  async fill(wanted: number): Promise<void> {
    while (!this.hasEnded && this.length < wanted) {
      const next = await readSide(this.role, () => this.batches.next());
      if (next.done === true) {
        this.hasEnded = true;
        return;
      }
      const rest = this.length === 0 ? [] : this.records.slice(this.at);
      this.records = rest.length === 0 ? next.value : [...rest, ...next.value];
      this.at = 0;
    }
  }

  /** Passes over the next records. */
  advance(records: number): void {
    this.at += records;
    this.present = Math.max(0, this.present - records);
  }

  /** How far ahead a key lies, of the next `width` records; -1: not among them. */
  distanceOf(key: string, width: number): number {
    const end = Math.min(this.records.length, this.at + width);
    for (let index = this.at; index < end; index++) {
      if (this.records[index]?.key === key) return index - this.at;
    }
    return -1;
  }

  /** Takes the next records out, at most so many. */
  take(most: number): readonly KeyedValue[] {
    const taken = this.records.slice(this.at, this.at + most);
    this.advance(taken.length);
    return taken;
  }

  /** Keys in the window of which it is not known whether the other side has them. */
  unasked(): readonly string[] {
    return this.records.slice(this.at + this.present).map(({ key }) => key);
  }

  /** Says which of the {@link unasked} the other side has. @returns the others, taken out */
  answered(held: { has(key: string): boolean }): string[] {
    const start = this.at + this.present;
    const asked = this.records.slice(start);
    const kept = asked.filter(({ key }) => held.has(key));
    this.records = [...this.records.slice(this.at, start), ...kept];
    this.at = 0;
    this.present = this.records.length;
    return asked.filter(({ key }) => !held.has(key)).map(({ key }) => key);
  }

  /** Ends the stream early. */
  async close(): Promise<void> {
    await this.batches.return?.();
  }
}
