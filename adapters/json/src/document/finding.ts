import type { FilePosition } from "@cutover/core";

/** Why a record is opaque. The slugs are stable: reports and quarantines carry them. */
export type FindingCode =
  | "duplicate-key"
  | "duplicate-member"
  | "empty-key"
  | "key-missing"
  | "key-not-text"
  | "key-repeated"
  | "key-too-long"
  | "lone-surrogate"
  | "not-an-object"
  | "nul"
  | "number-overflow"
  | "too-deep"
  | "unsafe-integer";

/** Something JSON allows and the store does not, found while scanning. Offsets are the scan's. */
export interface Flaw {
  readonly code: FindingCode;
  readonly offset: number;
}

/** Something a document holds that cannot be read as a record; its bytes are kept. */
export interface DocumentFinding {
  readonly code: FindingCode;
  /** What was found and what to do about it; names no value. */
  readonly message: string;
  readonly position: FilePosition;
}

/** What each finding means and how to mend it. */
export const findingMessages: Readonly<Record<FindingCode, string>> = {
  "duplicate-key": "another record has the same key; keep one of them, or rename one",
  "duplicate-member": "the member appears twice in its object; keep one of them",
  "empty-key": "the record's key is empty; give it a key of at least one character",
  "key-missing": "the element lacks the member that holds its key; add it",
  "key-not-text": "the member that holds the record's key is not text; make it a string",
  "key-repeated": "another element has the same key; keep one of them, or change one key",
  "key-too-long": "the record's key is longer than 1,024 UTF-8 bytes; shorten it",
  "lone-surrogate":
    "text holds half a surrogate pair, which is no character (Python writes it for file names that are not UTF-8); correct the text",
  "not-an-object": "the element is not an object, so it cannot hold its key; make it one",
  nul: "text holds the character NUL (\\u0000), which stores cannot keep; remove it",
  "number-overflow": "the number is too large for a double; correct it or store it as text",
  "too-deep": "the value is nested deeper than 512 levels; flatten it",
  "unsafe-integer":
    "the integer is beyond 2^53 - 1 and would change its digits when read; store it as text",
};

/** Longest key a store takes, in UTF-8 bytes. */
export const maxKeyBytes = 1024;

/** Deepest nesting a store takes, in containers. */
export const maxDepth = 512;
