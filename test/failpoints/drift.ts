import { strict as assert } from "node:assert";
import type { VerificationReport } from "@cutover/engine";
import type { Content, Line } from "./content.ts";
import { collectionNames, type CollectionName } from "./subject.ts";

/** The records of one collection that differ, found by reading both stores and nothing else. */
export interface Drift {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly changed: readonly string[];
  /** As few records as that have to move for the others to lie in the same order. */
  readonly moved: number;
}

/** How many keys two lists have in common, in the same order, at most. */
function commonRun(left: readonly string[], right: readonly string[]): number {
  let row = Array.from({ length: right.length + 1 }, () => 0);
  for (const key of left) {
    const next = [0];
    for (const [index, other] of right.entries())
      next.push(
        key === other ? (row[index] ?? 0) + 1 : Math.max(next[index] ?? 0, row[index + 1] ?? 0),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}

const keysOf = (lines: readonly Line[]): string[] => lines.map(({ key }) => key);

function driftIn(authority: readonly Line[], mirror: readonly Line[]): Drift {
  const wanted = new Map(authority.map(({ key, text }) => [key, text]));
  const held = new Map(mirror.map(({ key, text }) => [key, text]));
  const both = [...wanted.keys()].filter((key) => held.has(key));
  const here = keysOf(authority).filter((key) => held.has(key));
  const there = keysOf(mirror).filter((key) => wanted.has(key));
  return {
    missing: [...wanted.keys()].filter((key) => !held.has(key)).toSorted(),
    extra: [...held.keys()].filter((key) => !wanted.has(key)).toSorted(),
    changed: both.filter((key) => wanted.get(key) !== held.get(key)).toSorted(),
    moved: here.length - commonRun(here, there),
  };
}

/** What differs between both stores. */
export function driftOf(authority: Content, mirror: Content): Record<CollectionName, Drift> {
  const of = (name: CollectionName): Drift => driftIn(authority[name], mirror[name]);
  return { plain: of("plain"), newest: of("newest"), claimed: of("claimed") };
}

/** How many records have drifted. */
export function sizeOf(drift: Record<CollectionName, Drift>): number {
  return collectionNames.reduce((sum, name) => {
    const { missing, extra, changed, moved } = drift[name];
    return sum + missing.length + extra.length + changed.length + moved;
  }, 0);
}

/** Fails unless a comparison has found all records that differ, and no others. */
export function assertFound(
  { collections, unstable }: VerificationReport,
  authority: Content,
  mirror: Content,
): void {
  assert.equal(unstable, 0, "nobody was writing");
  const drift = driftOf(authority, mirror);
  for (const name of collectionNames) {
    const findings = collections.find(({ collection }) => collection === name)?.findings ?? [];
    const found = (wanted: string): string[] =>
      findings.flatMap(({ kind, key = "" }) => (kind === wanted ? [key] : [])).toSorted();
    const { moved, ...content } = drift[name];
    const told = { missing: found("missing"), extra: found("extra"), changed: found("changed") };
    assert.deepEqual(told, content, `what a comparison finds in ${name}`);
    assert.ok(found("moved").length <= moved, `too many records of ${name} are said to have moved`);
    const known = new Set(findings.map(({ key }) => key));
    const others = (lines: readonly Line[]): string[] =>
      keysOf(lines).filter((key) => !known.has(key));
    assert.deepEqual(
      others(mirror[name]),
      others(authority[name]),
      `what lies in order in ${name}`,
    );
  }
}
