import { isJsonObject, StorageError, type JsonObject, type JsonValue } from "@cutover/core";
import { stages, type Stage } from "../stage/stages.ts";

/** What the last whole comparison of a unit found. */
export interface VerificationSummary {
  /** When it ended. ISO 8601, UTC. */
  readonly at: string;
  /** The epoch it ran under. */
  readonly epoch: number;
  /** Records compared. */
  readonly records: number;
  /** Differences that stayed when they were looked at again. */
  readonly differences: number;
}

/** Reversals that nobody asked for, so that they do not go to and fro. */
export interface AutomaticReversals {
  /** In a row, without an operator in between. */
  readonly count: number;
  /** When the last one was. ISO 8601, UTC. */
  readonly at: string;
}

/** What the control store knows of a unit: it alone decides which store is in charge. */
export interface UnitRecord {
  readonly unit: string;
  readonly collections: readonly string[];
  /** The kinds of the two stores, old to new. */
  readonly hop: { readonly from: string; readonly to: string };
  readonly stage: Stage;
  /** One more with every change of stage. */
  readonly epoch: number;
  /** Since when it is in this stage. ISO 8601, UTC. */
  readonly since: string;
  /** The mirror has had everything at least once since `start`. */
  readonly backfilled: boolean;
  readonly verification?: VerificationSummary | undefined;
  /** The reverse window's end; `complete` is refused before. ISO 8601, UTC. */
  readonly reverseUntil?: string | undefined;
  readonly automatic?: AutomaticReversals | undefined;
}

/** A unit's record with the revision that the next change has to name. */
export interface StoredUnit {
  readonly record: UnitRecord;
  /** 0 for a unit that nothing was recorded of. */
  readonly revision: number;
}

/** The protocol that a process has to know to take part. */
const protocol = 1;
const prefix = "unit:";

/** The name of a unit's record in the control store. */
export function recordName(unit: string): string {
  return `${prefix}${unit}`;
}

/** The unit a control record is of; undefined for other records. */
export function unitOfRecord(name: string): string | undefined {
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

/** What is stored of a unit. */
export function encodeUnit(record: UnitRecord): JsonObject {
  const { verification, reverseUntil, automatic, ...rest } = record;
  return {
    protocol,
    ...rest,
    collections: [...rest.collections],
    hop: { ...rest.hop },
    ...(verification === undefined ? {} : { verification: { ...verification } }),
    ...(reverseUntil === undefined ? {} : { reverseUntil }),
    ...(automatic === undefined ? {} : { automatic: { ...automatic } }),
  };
}

function damaged(unit: string, what: string): StorageError {
  return new StorageError(
    "CORRUPT_DATA",
    `the control record of unit "${unit}" ${what}; look at \`cutover doctor\``,
    { backend: "cutover", nextCommand: "cutover doctor" },
  );
}

/** Whether a value names a stage. */
export function isStage(value: JsonValue | undefined): value is Stage {
  return typeof value === "string" && Object.hasOwn(stages, value);
}

class RecordReader {
  private readonly unit: string;
  private readonly value: JsonObject;

  constructor(unit: string, value: JsonObject) {
    this.unit = unit;
    this.value = value;
  }

  text(member: string): string {
    const value = this.value[member];
    if (typeof value !== "string") throw damaged(this.unit, `has no text \`${member}\``);
    return value;
  }

  number(member: string): number {
    const value = this.value[member];
    if (typeof value !== "number") throw damaged(this.unit, `has no number \`${member}\``);
    return value;
  }

  stage(): Stage {
    const { stage } = this.value;
    if (!isStage(stage)) throw damaged(this.unit, "names a stage that there is not");
    return stage;
  }

  names(): string[] {
    const { collections } = this.value;
    if (!Array.isArray(collections)) throw damaged(this.unit, "has no list `collections`");
    return collections.map(String);
  }

  part(member: string): RecordReader | undefined {
    const value = this.value[member];
    return isJsonObject(value) ? new RecordReader(this.unit, value) : undefined;
  }

  optionalText(member: string): string | undefined {
    return this.value[member] === undefined ? undefined : this.text(member);
  }

  isTrue(member: string): boolean {
    return this.value[member] === true;
  }
}

function summaryOf(reader: RecordReader): VerificationSummary {
  return {
    at: reader.text("at"),
    epoch: reader.number("epoch"),
    records: reader.number("records"),
    differences: reader.number("differences"),
  };
}

/**
 * Reads what is stored of a unit.
 * @throws StorageError FORMAT_TOO_NEW when a newer version wrote it; CORRUPT_DATA
 */
export function decodeUnit(unit: string, value: JsonValue): UnitRecord {
  if (!isJsonObject(value)) throw damaged(unit, "is no object");
  const reader = new RecordReader(unit, value);
  const found = reader.number("protocol");
  if (found > protocol) {
    throw new StorageError(
      "FORMAT_TOO_NEW",
      `unit "${unit}" is being moved by a newer version (protocol ${found}, this one knows ${protocol}); update this process`,
      { backend: "cutover" },
    );
  }
  const hop = reader.part("hop");
  if (hop === undefined) throw damaged(unit, "has no `hop`");
  const verification = reader.part("verification");
  const automatic = reader.part("automatic");
  const reverseUntil = reader.optionalText("reverseUntil");
  return {
    unit,
    collections: reader.names(),
    hop: { from: hop.text("from"), to: hop.text("to") },
    stage: reader.stage(),
    epoch: reader.number("epoch"),
    since: reader.text("since"),
    backfilled: reader.isTrue("backfilled"),
    ...(verification === undefined ? {} : { verification: summaryOf(verification) }),
    ...(reverseUntil === undefined ? {} : { reverseUntil }),
    ...(automatic === undefined
      ? {}
      : { automatic: { count: automatic.number("count"), at: automatic.text("at") } }),
  };
}
