export type { Mutant } from "./mutant.ts";
export { mutants } from "./mutants.ts";
export {
  runMutants,
  type Judgement,
  type Kill,
  type KnownKills,
  type MutantOptions,
  type MutantReport,
  type Victim,
} from "./run-mutants.ts";
export { spoiledSubject } from "./spoiled-subject.ts";
export { runTrial, type Trial, type Verdict } from "./trial.ts";
export { TrialPool } from "./trial-pool.ts";
