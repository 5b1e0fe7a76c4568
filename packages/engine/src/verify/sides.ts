import { StorageError, type CollectionDefinition, type Replica } from "@cutover/core";
import type { Sides } from "../backend/route.ts";
import { stages } from "../stage/stages.ts";
import type { UnitRecord } from "../unit/unit-record.ts";
import { Breath } from "./breath.ts";
import { comparatorOf, type Comparators } from "./comparator.ts";
import type { Comparison } from "./comparison.ts";
import type { Roles } from "./lockstep.ts";
import { defaultPatience, type Patience } from "./patience.ts";
import type { VerifyPorts } from "./verify-unit.ts";

/** What the two stores of a unit are to each other under its stage. */
export function rolesOf<T>({ stage }: UnitRecord, of: Sides<T>): Roles<T> | undefined {
  const { authority, mirror } = stages[stage];
  return mirror === undefined ? undefined : { authority: of[authority], mirror: of[mirror] };
}

/**
 * The sides of a unit that can be compared.
 * @throws StorageError STAGE_REFUSED when it has no mirror, or not everything was copied
 */
export function comparableSides(record: UnitRecord, replicas: Sides<Replica>): Roles<Replica> {
  const { unit, stage, backfilled } = record;
  const roles = rolesOf(record, replicas);
  if (roles === undefined) {
    const verb = stage === "off" ? "start" : "status";
    throw incomparable(unit, `is at ${stage}, where only one store is kept`, verb);
  }
  if (!backfilled) throw incomparable(unit, "was not copied completely yet", "backfill");
  return roles;
}

/** Refuses a comparison, and says what to do first. */
export function incomparable(unit: string, what: string, verb: string): StorageError {
  const nextCommand = `cutover ${verb} --unit ${unit}`;
  return new StorageError(
    "STAGE_REFUSED",
    `unit "${unit}" cannot be compared: it ${what}; nothing was changed. Type \`${nextCommand}\``,
    { backend: "cutover", nextCommand },
  );
}

/** How things are compared. */
export interface ComparisonOptions {
  readonly signal?: AbortSignal | undefined;
  /** What does not count. Default: everything counts. */
  readonly compare?: Comparators;
  /** How long records that are being changed are waited for. Default: about two seconds. */
  readonly patience?: Patience;
  /** Called when marked records are waited for, so that they are drained. Default: nothing. */
  readonly onWait?: () => void;
}

/** What the parts of a comparison of one collection share. */
export function comparisonOf(
  { control }: Pick<VerifyPorts, "control">,
  subject: {
    readonly unit: string;
    readonly collection: CollectionDefinition;
    readonly sides: Roles<Replica>;
  },
  options: ComparisonOptions,
): Comparison {
  const { compare, patience = defaultPatience, signal, onWait } = options;
  return {
    control,
    ...subject,
    comparator: comparatorOf(compare, subject.collection.name),
    patience,
    breath: new Breath(),
    signal,
    onWait: () => onWait?.(),
  };
}
