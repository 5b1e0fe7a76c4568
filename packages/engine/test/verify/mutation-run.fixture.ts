import { defineCollection, timestamp } from "@cutover/core";
import type { VerificationReport } from "../../src/verify/verification-report.ts";
import { verifyUnit } from "../../src/verify/verify-unit.ts";
import { fill, openHop } from "./hop.fixture.ts";
import { below, mutate, seededRandom, someRecords, type Mutation } from "./mutation.fixture.ts";

const definitions = (["append", "prepend"] as const).map((order) =>
  defineCollection({
    name: "records",
    order,
    fields: { ends: timestamp({ as: "iso-utc" }) },
    expiry: "ends",
  }),
);

/** One mutation, and what the comparison said before and after it. */
export interface MutationCase {
  readonly seed: number;
  readonly records: number;
  readonly mutation: Mutation;
  readonly before: VerificationReport;
  readonly after: VerificationReport;
}

/** Sizes of collections: mostly small, some beyond what is looked ahead. */
function sizeOf(seed: number, random: () => number): number {
  if (seed % 50 === 0) return 5000 + below(random, 2000);
  return seed % 10 === 0 ? 300 + below(random, 400) : 1 + below(random, 40);
}

/** Fills two stores alike, compares them, changes one thing on one side, and compares again. */
export async function mutationCase(seed: number): Promise<MutationCase> {
  const random = seededRandom(seed);
  const collection = definitions[below(random, 2)];
  if (collection === undefined) throw new Error("there are two definitions");
  const records = someRecords(random, sizeOf(seed, random));
  const hop = await openHop([collection], { stage: random() < 0.5 ? "shadow" : "live" });
  await fill(hop.replicas.old, collection, records);
  await fill(hop.replicas.new, collection, records);
  const before = await verifyUnit(hop, hop.unit);
  const side = random() < 0.5 ? "old" : "new";
  const mutation = mutate(records, random);
  await hop.replicas[side].clear(collection);
  await fill(hop.replicas[side], collection, mutation.records);
  const after = await verifyUnit(hop, hop.unit);
  await hop.close();
  return { seed, records: records.length, mutation, before, after };
}

/** Why a case shows a fault of the comparison; undefined when it does not. */
export function faultOf({
  seed,
  records,
  mutation,
  before,
  after,
}: MutationCase): string | undefined {
  const what = `seed ${seed}, ${mutation.kind} of ${mutation.keys.join(" or ")} among ${records} records`;
  if (!before.isClean || before.same !== records)
    return `${what}: equal stores were said to differ (${before.differences}; ${before.same} the same)`;
  if (after.isClean) return `${what}: not found`;
  const found = after.collections.flatMap(({ findings }) => findings);
  const [finding] = found;
  if (found.length !== 1 || finding?.key === undefined || !mutation.keys.includes(finding.key))
    return `${what}: found as ${found.map(({ kind, key }) => `${kind} ${key}`).join(", ")}`;
  return undefined;
}

/** Runs so many cases from a seed on. @returns the faults found */
export async function runMutations(cases: number, firstSeed: number): Promise<string[]> {
  const faults: string[] = [];
  for (let seed = firstSeed; seed < firstSeed + cases; seed++) {
    const fault = faultOf(await mutationCase(seed));
    if (fault !== undefined) faults.push(fault);
  }
  return faults;
}
