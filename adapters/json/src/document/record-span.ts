import { type FindingCode, type Flaw, maxKeyBytes } from "./finding.ts";

/** One record as the walk found it; offsets are those of the window. */
export interface RecordSpan {
  /** Undefined where there is no key that could be looked up. */
  readonly key: string | undefined;
  /** First byte of the record: of its name in an object, of its value in an array. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
  readonly flaws: readonly Flaw[];
  /** Its value may hold a minus zero, which is read as zero. */
  readonly minusZero: boolean;
}

/** Why a key cannot be one, by itself; `tokenBytes` is the length of its spelling. */
export function keyFlaw(key: string, tokenBytes: number): FindingCode | undefined {
  if (key === "") return "empty-key";
  // Decoding never lengthens a key, so that only long tokens need to be measured.
  if (tokenBytes <= maxKeyBytes || Buffer.byteLength(key) <= maxKeyBytes) return undefined;
  return "key-too-long";
}

/** The key to look a record up by; undefined where no lookup could name it. */
export function lookupKey(key: string): string | undefined {
  return key !== "" && key.isWellFormed() ? key : undefined;
}
