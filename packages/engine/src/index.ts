export { cutoverBackend, type CutoverOptions } from "./backend/cutover-backend.ts";
export {
  changeStage,
  type StageChange,
  type StageChangeOptions,
  type StagePoint,
  type StagePorts,
} from "./stage/stage-change.ts";
export {
  isReversible,
  stages,
  stageSteps,
  type Side,
  type Stage,
  type StageAction,
  type StageRow,
  type StageStep,
} from "./stage/stages.ts";
export { UnitRegistry } from "./unit/unit-registry.ts";
export type { UnitRecord, VerificationSummary } from "./unit/unit-record.ts";
export type { Unit } from "./unit/unit.ts";
export { blockersOf, type GateBlocker, type GatePorts } from "./operator/gates.ts";
export {
  Operator,
  type ActionOptions,
  type BackfillOptions,
  type OperatorOptions,
  type UnitStatus,
} from "./operator/operator.ts";
