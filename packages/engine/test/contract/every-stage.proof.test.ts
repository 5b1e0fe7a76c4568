import { readdirSync } from "node:fs";
import { storageContract } from "@cutover/contract-tests";
import { stages } from "@cutover/engine";
import { expect, it } from "vitest";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { isPair, isStage, pairs, type PairName } from "./pairs.ts";
import { subjectAt } from "./subject.fixture.ts";
import { withDatabase } from "./with-database.ts";

const isFull = process.env["CUTOVER_PROOF"] === "full";

/** Those that always run, each in a file of its own. */
const always = readdirSync(import.meta.dirname).flatMap((file) => {
  const named = /^(\w+)-(\w+)-(\w+)\.contract\.test\.ts$/.exec(file);
  return named === null ? [] : [{ pair: `${named[1]} → ${named[2]}`, stage: named[3] ?? "" }];
});

it("the contract is always tried with each store in charge, and with each as the mirror", () => {
  expect(always.map(({ pair }) => pair).filter((pair) => !isPair(pair))).toEqual([]);
  const roles = always.flatMap(({ pair, stage }) => {
    const [old = "", successor = ""] = pair.split(" → ");
    if (!isStage(stage)) throw new Error(`there is no stage ${stage}`);
    return stages[stage].authority === "old"
      ? [`${old} in charge`, `${successor} mirrors`]
      : [`${successor} in charge`, `${old} mirrors`];
  });
  expect(new Set(roles)).toEqual(
    new Set([
      "json in charge",
      "sqlite mirrors",
      "sqlite in charge",
      "json mirrors",
      "memory in charge",
    ]),
  );
});

function register(chosen: readonly PairName[]): void {
  for (const pair of chosen) {
    for (const stage of Object.keys(stages).filter(isStage))
      storageContract(subjectAt(pair, stage));
  }
}

if (isFull) {
  const all = Object.keys(pairs).filter(isPair);
  register(all.filter((pair) => !pair.includes("postgres")));
  describePostgres("a hop to Postgres", () => {
    withDatabase();
    register(all.filter((pair) => pair.includes("postgres")));
  });
}
