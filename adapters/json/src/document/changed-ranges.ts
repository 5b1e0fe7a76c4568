import type { RecordGroup } from "./group.ts";
import type { DocumentState } from "./state.ts";

/** Groups that changed, `[first, end)`, and where what has become of them lies in the new bytes. */
export interface ChangedRange {
  readonly first: number;
  readonly end: number;
  readonly from: number;
  readonly to: number;
}

/** So many bytes of a group tell it from others: its first record's name is among them, mostly. */
const signBytes = 256;
/** Groups behind a change that are looked for; if none of them is found, all the rest has changed. */
const mostLookedFor = 8;
/** How far behind its old place a group is looked for, in bytes. */
const farthest = 1 << 20;

/** Compares the groups of a document with new bytes, from its first record on. */
class GroupWalk {
  private readonly state: DocumentState;
  private readonly bytes: Buffer;
  /** Where in the new bytes the group begins that is looked at next, what leads to it included. */
  private at: number;

  constructor(state: DocumentState, bytes: Buffer) {
    this.state = state;
    this.bytes = bytes;
    this.at = state.head.length;
  }

  private holds(piece: Buffer, at: number): boolean {
    return (
      at + piece.length <= this.bytes.length &&
      this.bytes.compare(piece, 0, piece.length, at, at + piece.length) === 0
    );
  }

  private leadOf(index: number): Buffer {
    const { firstGap, groups } = this.state;
    return index === 0 ? firstGap : (groups[index]?.lead ?? firstGap);
  }

  /** The byte that ends a group's last value. */
  private byteBehind(index: number): number | undefined {
    const { groups, lastGap, tail } = this.state;
    return groups[index + 1]?.lead[0] ?? lastGap[0] ?? tail[0];
  }

  /** Where a group ends in the new bytes that is found unchanged, its lead aside, at a place. */
  private endAt(index: number, at: number): number | undefined {
    const { bytes } = this.groupAt(index);
    const end = at + bytes.length;
    return this.holds(bytes, at) && this.bytes[end] === this.byteBehind(index) ? end : undefined;
  }

  private groupAt(index: number): RecordGroup {
    const group = this.state.groups[index];
    if (group === undefined) throw new RangeError(`there is no group ${index}`);
    return group;
  }

  private passes(index: number): boolean {
    const lead = this.leadOf(index);
    if (!this.holds(lead, this.at)) return false;
    const end = this.endAt(index, this.at + lead.length);
    if (end === undefined) return false;
    this.at = end;
    return true;
  }

  /** The first group behind a changed one that is as it was, and where it ends now. */
  private find(changed: number): { readonly index: number; readonly end: number } | undefined {
    const { groups } = this.state;
    let reach = this.at + farthest + this.groupAt(changed).bytes.length;
    for (let index = changed + 1; index < groups.length; index++) {
      if (index > changed + mostLookedFor) return undefined;
      const { bytes } = this.groupAt(index);
      reach += bytes.length;
      const within = this.bytes.subarray(this.at, reach);
      const place = within.indexOf(bytes.subarray(0, signBytes));
      const end = place < 0 ? undefined : this.endAt(index, this.at + place);
      if (end !== undefined) return { index, end };
    }
    return undefined;
  }

  /** @returns undefined where something other than records has changed */
  ranges(): ChangedRange[] | undefined {
    const { head, groups, lastGap, tail } = this.state;
    const ends = this.bytes.length - tail.length;
    if (!this.holds(head, 0) || ends < head.length || !this.holds(tail, ends)) return undefined;
    const found: ChangedRange[] = [];
    for (let first = 0; first < groups.length;) {
      if (this.passes(first)) {
        first++;
        continue;
      }
      const from = this.at;
      // An unchanged group is scanned again: where it ends, both files are in the same state.
      const next = this.find(first);
      if (next === undefined) return [...found, { first, end: groups.length, from, to: ends }];
      found.push({ first, end: next.index + 1, from, to: next.end });
      this.at = next.end;
      first = next.index + 1;
    }
    const isSame = this.at + lastGap.length === ends && this.holds(lastGap, this.at);
    return isSame ? found : undefined;
  }
}

/**
 * Where the records of a document differ from new bytes, in ascending order; nowhere: they are the
 * same bytes.
 * @returns undefined where something other than records has changed
 */
export function changedRanges(state: DocumentState, bytes: Buffer): ChangedRange[] | undefined {
  return new GroupWalk(state, bytes).ranges();
}
