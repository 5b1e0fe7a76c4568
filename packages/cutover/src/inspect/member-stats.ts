import { instantOf, type JsonValue, type TimestampForm } from "@cutover/core";

/** What a value is, told apart as finely as fields are declared. */
export type SeenKind = "text" | "integer" | "real" | "boolean" | "null" | "json";

/** Values of a member that are remembered to count how many different ones there are. */
const mostDistinct = 64;

/** Numbers that could be moments of 2000 to 2100. */
const epochRanges: readonly (readonly [TimestampForm, number, number])[] = [
  ["epoch-s", 946_684_800, 4_102_444_800],
  ["epoch-ms", 946_684_800_000, 4_102_444_800_000],
];

function kindOf(value: JsonValue): SeenKind {
  if (value === null) return "null";
  if (typeof value === "string") return "text";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "integer" : "real";
  return "json";
}

function timeForm(value: JsonValue): TimestampForm | undefined {
  if (typeof value === "number") {
    return epochRanges.find(([, from, to]) => value >= from && value < to)?.[0];
  }
  if (instantOf("iso-utc", value) !== undefined) return "iso-utc";
  return instantOf("iso-local", value) === undefined ? undefined : "iso-local";
}

/** What was seen of one member over all records; bounded, whatever the file's size. */
export class MemberStats {
  present = 0;
  readonly kinds: Map<SeenKind, number> = new Map();
  readonly forms: Map<TimestampForm, number> = new Map();
  longestText = 0;
  /** Pairs of neighbouring records whose time goes back, and forth, from the first to the second. */
  falling = 0;
  rising = 0;
  readonly #distinct = new Set<JsonValue>();
  #lastMs: number | undefined;

  /** How many different scalars were seen; undefined when there are too many to count. */
  get distinct(): number | undefined {
    return this.#distinct.size > mostDistinct ? undefined : this.#distinct.size;
  }

  /** Records in which it has a value. */
  get valued(): number {
    return this.present - (this.kinds.get("null") ?? 0);
  }

  see(value: JsonValue): void {
    const kind = kindOf(value);
    this.present += 1;
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + 1);
    if (kind === "json" || kind === "null") return;
    if (typeof value === "string") this.longestText = Math.max(this.longestText, value.length);
    if (this.#distinct.size <= mostDistinct) this.#distinct.add(value);
    this.#seeTime(value);
  }

  #seeTime(value: JsonValue): void {
    const form = timeForm(value);
    if (form === undefined) return;
    this.forms.set(form, (this.forms.get(form) ?? 0) + 1);
    const instant = instantOf(form, value);
    if (instant === undefined) return;
    if (this.#lastMs !== undefined && instant < this.#lastMs) this.falling += 1;
    if (this.#lastMs !== undefined && instant > this.#lastMs) this.rising += 1;
    this.#lastMs = instant;
  }
}
