export type {
  ControlClause,
  ControlContext,
  ControlSubject,
  OpenControl,
  OpenControlOptions,
} from "./control-clause.ts";
export { controlClauses, controlContract } from "./control-contract.ts";
export { runControlClause } from "./run-control-clause.ts";
