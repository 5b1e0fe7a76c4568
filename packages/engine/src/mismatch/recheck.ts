import { StorageError, type CollectionDefinition } from "@cutover/core";
import type { Unit } from "../unit/unit.ts";
import type { Comparison } from "../verify/comparison.ts";
import { ContentCheck } from "../verify/content-check.ts";
import { Found } from "../verify/found.ts";
import { SideTrouble } from "../verify/side-trouble.ts";
import { comparableSides, comparisonOf, type ComparisonOptions } from "../verify/sides.ts";
import { CollectionCheck } from "../verify/verify-collection.ts";
import type { VerifyPorts } from "../verify/verify-unit.ts";
import { mismatchId, mismatchOf, removeMismatch, writeMismatch } from "./mismatch-book.ts";
import type { Finding, Mismatch, MismatchKind } from "./mismatch.ts";

/** What a second look at a mismatch found. */
export type Recheck =
  /** The two stores agree; the mismatch is forgotten. */
  | { readonly outcome: "gone" }
  /** Still there, as it is now. */
  | { readonly outcome: "stands"; readonly mismatch: Mismatch }
  /** The record was being changed all the time; nothing can be said. */
  | { readonly outcome: "unstable" };

/** The unit's collection of a name. @throws StorageError CONFIG_INVALID when it has none */
export function collectionOf(unit: Unit, name: string): CollectionDefinition {
  const collection = unit.collections.find((own) => own.name === name);
  if (collection !== undefined) return collection;
  throw new StorageError("CONFIG_INVALID", `unit "${unit.name}" has no collection "${name}"`, {
    collection: name,
  });
}

/**
 * Looks at a recorded mismatch again, and brings the mismatch book up to what it finds. It changes
 * neither store.
 *
 * @throws StorageError STAGE_REFUSED as `verifyUnit` does; what a store throws
 */
export async function recheck(
  ports: VerifyPorts,
  unit: Unit,
  mismatch: Mismatch,
  options: ComparisonOptions = {},
): Promise<Recheck> {
  const [found] = await recheckAll(ports, unit, [mismatch], options);
  return found ?? { outcome: "unstable" };
}

/**
 * Looks at recorded mismatches again, by their records alone where places do not matter.
 * @returns what was found of each, in their order
 * @throws as {@link recheck}
 */
export async function recheckAll(
  ports: VerifyPorts,
  unit: Unit,
  mismatches: readonly Mismatch[],
  options: ComparisonOptions = {},
): Promise<Recheck[]> {
  const { registry, replicas } = ports;
  const { record } = registry.of(await registry.look(), unit);
  const sides = comparableSides(record, replicas);
  const looks = new Map<string, Found>();
  for (const [name, own] of Map.groupBy(mismatches, ({ collection }) => collection)) {
    const subject = { unit: unit.name, collection: collectionOf(unit, name), sides };
    looks.set(name, await look(comparisonOf(ports, subject, options), own));
  }
  const results: Recheck[] = [];
  for (const mismatch of mismatches) {
    const found = looks.get(mismatch.collection);
    if (found !== undefined) results.push(await conclude(ports, mismatch, found));
  }
  return results;
}

/** Records whose places are right if their contents are. */
const keepsPlace: ReadonlySet<MismatchKind> = new Set<MismatchKind>(["changed", "extra"]);
/** More findings than that are as good as all. */
const mostFindings = 100_000;

/** A record that has moved shows beside all others, not beside its neighbours: they may have moved with it. */
async function look(comparison: Comparison, mismatches: readonly Mismatch[]): Promise<Found> {
  const found = new Found(new Map(), mostFindings);
  const keys = mismatches.flatMap(({ key, kind }) =>
    key !== undefined && keepsPlace.has(kind) ? [key] : [],
  );
  if (keys.length < mismatches.length)
    await new CollectionCheck(comparison, found, () => undefined).run();
  else await lookAtRecords(comparison, keys, found);
  return found;
}

async function lookAtRecords(
  comparison: Comparison,
  keys: readonly string[],
  found: Found,
): Promise<void> {
  const { name } = comparison.collection;
  const content = new ContentCheck(comparison, {
    onFinding: (finding) => found.add(finding),
    onSame: () => undefined,
    onGone: () => undefined,
    onUnstable: ({ key }) => found.addUnstable(name, key),
  });
  try {
    await content.add(keys.map((key) => ({ key, displaced: false })));
    await content.settle();
  } catch (error) {
    if (!(error instanceof SideTrouble)) throw error;
    const versions = { authority: undefined, mirror: undefined };
    const { message } = error;
    found.add({ collection: name, key: undefined, kind: "error", paths: [], ...versions, message });
  }
}

async function conclude(
  { control, clock }: VerifyPorts,
  mismatch: Mismatch,
  found: Found,
): Promise<Recheck> {
  const id = mismatchId(mismatch);
  const finding = findingOf(mismatch, found);
  if (finding !== undefined) {
    const at = new Date(clock()).toISOString();
    const now = mismatchOf(mismatch.unit, finding, { known: mismatch, at });
    await writeMismatch(control, now);
    return { outcome: "stands", mismatch: now };
  }
  if (found.standing.has(id)) return { outcome: "unstable" };
  await removeMismatch(control, mismatch);
  return { outcome: "gone" };
}

/** What was found of the same record; of one in a collection that cannot be read, that. */
function findingOf({ collection, key }: Mismatch, { findings }: Found): Finding | undefined {
  const own = findings.find((finding) => finding.key === key);
  if (own !== undefined) return own;
  const [first] = findings;
  // Of a collection as a whole, any difference is the one.
  if (key === undefined && first !== undefined) return { ...first, key };
  const unreadable = findings.find(
    (finding) => finding.key === undefined && finding.kind === "error",
  );
  return unreadable === undefined ? undefined : { ...unreadable, collection, key };
}
