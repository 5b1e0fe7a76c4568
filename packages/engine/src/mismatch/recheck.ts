import { StorageError, type CollectionDefinition } from "@cutover/core";
import type { Unit } from "../unit/unit.ts";
import type { Comparison } from "../verify/comparison.ts";
import { ContentCheck } from "../verify/content-check.ts";
import { Found } from "../verify/found.ts";
import { OrderCheck } from "../verify/order-check.ts";
import { SideTrouble } from "../verify/side-trouble.ts";
import { comparableSides, comparisonOf, type ComparisonOptions } from "../verify/sides.ts";
import { CollectionCheck } from "../verify/verify-collection.ts";
import type { VerifyPorts } from "../verify/verify-unit.ts";
import { mismatchOf, removeMismatch, writeMismatch } from "./mismatch-book.ts";
import type { Finding, Mismatch } from "./mismatch.ts";

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
 * Looks at a recorded mismatch again, by its record alone where it has one, and brings the mismatch
 * book up to what it finds. It changes neither store.
 *
 * @throws StorageError STAGE_REFUSED as `verifyUnit` does; what a store throws
 */
export async function recheck(
  ports: VerifyPorts,
  unit: Unit,
  mismatch: Mismatch,
  options: ComparisonOptions = {},
): Promise<Recheck> {
  const { control, registry, replicas, clock } = ports;
  const { record } = registry.of(await registry.look(), unit);
  const sides = comparableSides(record, replicas);
  const collection = collectionOf(unit, mismatch.collection);
  const comparison = comparisonOf(ports, { unit: unit.name, collection, sides }, options);
  const found = await look(comparison, mismatch.key);
  const [finding] = found.findings;
  if (finding !== undefined) {
    const at = new Date(clock()).toISOString();
    // Of two that changed places, either has moved: it stays the one that was recorded.
    const { key, authority, mirror } = finding.key === mismatch.key ? finding : mismatch;
    const own = { ...finding, key, authority, mirror };
    const now = mismatchOf(unit.name, own, { known: mismatch, at });
    await writeMismatch(control, now);
    return { outcome: "stands", mismatch: now };
  }
  if (found.unstable > 0) return { outcome: "unstable" };
  await removeMismatch(control, mismatch);
  return { outcome: "gone" };
}

async function look(comparison: Comparison, key: string | undefined): Promise<Found> {
  const found = new Found(new Map(), 1);
  if (key === undefined) await new CollectionCheck(comparison, found, () => undefined).run();
  else await lookAtRecord(comparison, key, found);
  return found;
}

async function lookAtRecord(comparison: Comparison, key: string, found: Found): Promise<void> {
  const { name } = comparison.collection;
  let isThere = false;
  const content = new ContentCheck(comparison, {
    onFinding: (finding) => found.add(finding),
    onSame: () => (isThere = true),
    onGone: () => undefined,
    onUnstable: () => found.addUnstable(name, key),
  });
  try {
    await content.add([{ key, displaced: true }]);
    await content.settle();
    if (!isThere) return;
    const order = new OrderCheck(comparison, {
      onFinding: (finding) => found.add(finding),
      onUnstable: () => found.addUnstable(name, key),
    });
    await order.run([key]);
  } catch (error) {
    if (!(error instanceof SideTrouble)) throw error;
    found.add(unreadable(name, key, error));
  }
}

function unreadable(collection: string, key: string, { message }: SideTrouble): Finding {
  const versions = { authority: undefined, mirror: undefined };
  return { collection, key, kind: "error", paths: [], ...versions, message };
}
