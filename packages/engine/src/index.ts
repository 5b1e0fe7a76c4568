export {
  cutoverBackend,
  type AutomaticReverseLimits,
  type CutoverOptions,
  type ShadowOptions,
} from "./backend/cutover-backend.ts";
export { shadowCountsOf, type ShadowCounts } from "./shadow/shadow-counts.ts";
export { holdTopic } from "./drain/backlog.ts";
export { Drainer, type DrainerPorts } from "./drain/drainer.ts";
export { forgetStamp } from "./drain/mirror-stamp.ts";
export { drainLock } from "./drain/unit-drain.ts";
export { changeStage } from "./stage/stage-change.ts";
export type { StageChange, StageChangeOptions, StagePorts } from "./stage/stage-ports.ts";
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
export { epochMarks, StoreEpochs, type EpochMark, type EpochPorts } from "./unit/store-epoch.ts";
export {
  encodeUnit,
  recordName,
  type UnitRecord,
  type VerificationSummary,
} from "./unit/unit-record.ts";
export type { Unit } from "./unit/unit.ts";
export { blockersOf, type GateBlocker, type GatePorts } from "./operator/gates.ts";
export { Operator } from "./operator/operator.ts";
export type {
  ActionOptions,
  BackfillOptions,
  OperatorOptions,
} from "./operator/operator-options.ts";
export type { UnitStatus } from "./operator/unit-status.ts";
export {
  verifyUnit,
  type VerificationProgress,
  type VerifyOptions,
  type VerifyPorts,
} from "./verify/verify-unit.ts";
export type { CollectionVerification, VerificationReport } from "./verify/verification-report.ts";
export { isOpen, mismatchesOf, mismatchId } from "./mismatch/mismatch-book.ts";
export type { Finding, Mismatch, MismatchKind } from "./mismatch/mismatch.ts";
export { ignoreMismatch, type Decision } from "./mismatch/ignore-mismatch.ts";
export { recheck, type Recheck } from "./mismatch/recheck.ts";
export { repairUnit } from "./mismatch/repair.ts";
export type { RepairOptions, RepairPorts, RepairReport } from "./mismatch/repair-options.ts";
export type { RepairAction, RepairStep } from "./mismatch/repair-plan.ts";
export { writersLock } from "./write/writer-sections.ts";
export { failpoints, type AtFailpoint, type Failpoint } from "./failpoint.ts";
