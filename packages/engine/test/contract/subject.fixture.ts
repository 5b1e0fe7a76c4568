import type { ContractSubject, OpenSubject, RunOptions } from "@cutover/contract-tests";
import type { Stage } from "@cutover/engine";
import { isPair, isStage, openAt, type PairName } from "./pairs.ts";

/** Which pair and stage this module is of: told by its address, so that a second process opens the same. */
const { searchParams } = new URL(import.meta.url);
const asked = { pair: searchParams.get("pair"), stage: searchParams.get("stage") };

/** Opens the stores of a clause; a second process imports this too. */
export const open: OpenSubject = (location, options) => {
  const { pair, stage } = asked;
  if (!isPair(pair) || !isStage(stage)) throw new Error(`no pair or stage in ${import.meta.url}`);
  return openAt(pair, stage)(location, options);
};

/** Every clause, those that count by the thousand with half of it; the proofs have all of it. */
export const shortForm: RunOptions = { scale: 0.5 };

/** Two stores as one, at a stage, under the storage contract. */
export function subjectAt(pair: PairName, stage: Stage): ContractSubject {
  const module = new URL("./subject.fixture.ts", import.meta.url);
  module.searchParams.set("pair", pair);
  module.searchParams.set("stage", stage);
  return { name: `${pair} at ${stage}`, open: openAt(pair, stage), module };
}
