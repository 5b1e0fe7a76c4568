import type { JsonObject } from "@cutover/core";
import type { DrainPorts } from "../drain/unit-drain.ts";
import type { UnitRecord } from "../unit/unit-record.ts";
import type { UnitRegistry } from "../unit/unit-registry.ts";
import type { StageStep } from "./stages.ts";

/** What a change of stage works with. */
export interface StagePorts extends DrainPorts {
  readonly registry: UnitRegistry;
  /** The present, in milliseconds since 1970. */
  readonly clock: () => number;
}

/** Who changes a stage, and how patient they are. */
export interface StageChangeOptions {
  /** `operator`, `automatic`, or a name. */
  readonly actor: string;
  /** Why; told by the audit. */
  readonly reason?: string | undefined;
  /**
   * Writers are held off for no longer than this, in milliseconds. A store that does not answer for
   * five times as long before that has failed.
   */
  readonly deadlineMs: number;
  /** A switch does not even begin with more marks than this. */
  readonly mostDirty: number;
  readonly signal?: AbortSignal | undefined;
  /** Looked at before anybody is held off, and again when all are: refuses by throwing. */
  readonly gate?: ((record: UnitRecord) => Promise<void>) | undefined;
  /** What else the record is to say after the change. */
  readonly changes?: ((record: UnitRecord) => Partial<UnitRecord>) | undefined;
  /** What else the audit is to say. */
  readonly details?: JsonObject | undefined;
}

/** What a change of stage did. */
export interface StageChange {
  readonly step: StageStep;
  readonly before: UnitRecord;
  readonly after: UnitRecord;
  /** For how long writers were held off, in milliseconds. */
  readonly frozenMs: number;
}
