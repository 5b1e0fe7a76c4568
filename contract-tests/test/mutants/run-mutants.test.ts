import assert from "node:assert/strict";
import { defineCollection, memoryBackend } from "@cutover/core";
import { expect, test } from "vitest";
import type { Clause } from "../../src/clause.ts";
import {
  type MutantOptions,
  type MutantReport,
  runMutants,
} from "../../src/mutants/run-mutants.ts";
import { mutantNamed } from "../../src/mutants/spoiled-subject.ts";
import { runTrial } from "../../src/mutants/trial.ts";
import type { ContractSubject } from "../../src/subject.ts";

const plain = defineCollection({ name: "plain" });
const memory: ContractSubject = { name: "memory", open: async () => memoryBackend() };

const overwrites: Clause = {
  id: "small/overwrites",
  title: "put() overwrites",
  run: async (context) => {
    const collection = (await context.open([plain])).collection(plain);
    await collection.put("a", 1);
    await collection.put("a", 2);
    assert.equal(await collection.get("a"), 2);
  },
};
const nothing: Clause = {
  id: "small/nothing",
  title: "nothing is promised",
  run: async () => undefined,
};
const broken: Clause = {
  id: "small/broken",
  title: "one is two",
  run: async () => assert.equal(1, 2),
};

async function report(
  clauses: readonly Clause[],
  names: readonly string[],
  rest: Partial<MutantOptions> = {},
): Promise<MutantReport> {
  const { capabilities } = memoryBackend();
  return runMutants({
    victims: [{ name: "memory", capabilities }],
    clauses,
    mutants: names.map(mutantNamed),
    run: async ({ clause, mutant }) => {
      const found = clauses.find(({ id }) => id === clause);
      if (found === undefined) throw new Error(`there is no clause "${clause}"`);
      return runTrial(found, memory, { mutant });
    },
    ...rest,
  });
}

test("a fault that a clause notices is killed by it", async () => {
  const { judgements, idleClauses } = await report([overwrites], ["put-never-overwrites"]);
  expect(judgements).toEqual([
    { mutant: "put-never-overwrites", victim: "memory", killedBy: ["small/overwrites"] },
  ]);
  expect(idleClauses).toEqual([]);
});

test("a fault that no clause notices is told as surviving, the clause as idle", async () => {
  const { judgements, idleClauses } = await report([nothing], ["put-never-overwrites"]);
  expect(judgements).toEqual([{ mutant: "put-never-overwrites", victim: "memory", killedBy: [] }]);
  expect(idleClauses).toEqual(["small/nothing"]);
});

test("a clause that fails without any fault kills nothing and is told", async () => {
  const { judgements, brokenClauses } = await report([broken], ["put-never-overwrites"]);
  expect(judgements[0]?.killedBy).toEqual([]);
  expect(brokenClauses).toHaveLength(1);
  expect(brokenClauses[0]).toMatch(/^small\/broken on memory: /);
});

test("what is known to kill is tried first, and searched for anew when it no longer does", async () => {
  const known = { "put-never-overwrites": { memory: ["small/nothing", "small/gone"] } };
  const { judgements, kills } = await report([nothing, overwrites], ["put-never-overwrites"], {
    known,
  });
  expect(judgements[0]?.killedBy).toEqual(["small/overwrites"]);
  expect(kills).toEqual({ "put-never-overwrites": { memory: ["small/overwrites"] } });
});

test("a fault that cannot be seen on an adapter is not laid over it", async () => {
  const { judgements } = await report([overwrites], ["data-lost-on-reopen"]);
  expect(judgements).toEqual([]);
});

test("learning finds a fault for a clause that no judgement needed", async () => {
  const twin: Clause = { ...overwrites, id: "small/twin" };
  const quick = await report([overwrites, twin], ["put-never-overwrites"]);
  expect(quick.idleClauses).toEqual(["small/twin"]);
  const learned = await report([overwrites, twin], ["put-never-overwrites"], { learn: true });
  expect(learned.idleClauses).toEqual([]);
});
