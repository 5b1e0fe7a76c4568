import { wholeBackend } from "../state/whole-backend.ts";
import { readRecord } from "../state/record-file.ts";
import type { Finding } from "./finding-list.ts";
import { readIntent } from "./intent.ts";
import type { MigrationTarget } from "./migration-target.ts";
import { identityAt } from "./place-file.ts";
import { PhaseProgress, type OnProgress } from "./progress.ts";
import { type SurveyedCollection, surveyFiles } from "./survey-files.ts";

/** Why a migration would be refused. */
export interface PlanBlocker {
  readonly code: "already-migrated" | "database-exists" | "corrupt-file" | "dirty-records";
  readonly message: string;
  /** `quarantine` would get past it. */
  readonly canQuarantine: boolean;
}

/** What a migration would do. */
export interface MigrationPlan {
  readonly database: string;
  readonly collections: readonly SurveyedCollection[];
  readonly findings: {
    readonly count: number;
    readonly blocking: number;
    readonly first: readonly Finding[];
  };
  readonly blockers: readonly PlanBlocker[];
}

/** How to plan. */
export interface PlanOptions {
  readonly onProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

async function stateBlockers(target: MigrationTarget): Promise<PlanBlocker[]> {
  const { folder, databasePath } = target;
  const record = await readRecord(folder);
  if (wholeBackend(folder, record) === "sqlite") {
    const message = `${folder} is migrated already: the database ${databasePath} is in charge`;
    return [{ code: "already-migrated", message, canQuarantine: false }];
  }
  // A migration that died after it had placed its database cleans up after itself.
  const intent = await readIntent(folder);
  const identity = await identityAt(databasePath);
  if (identity === undefined || (intent?.kind === "migrate" && intent.identity === identity)) {
    return [];
  }
  const message = `${databasePath} exists, and no record of ${folder} names it`;
  return [{ code: "database-exists", message, canQuarantine: false }];
}

function findingBlockers({ findings }: Pick<MigrationPlan, "findings">): PlanBlocker[] {
  const blockers: PlanBlocker[] = [];
  const { count, blocking } = findings;
  if (blocking > 0) {
    const message = `${blocking} ${blocking === 1 ? "file" : "files"} cannot be read to the end; mend them first`;
    blockers.push({ code: "corrupt-file", message, canQuarantine: false });
  }
  if (count > blocking) {
    const records = count - blocking;
    const message = `${records} ${records === 1 ? "record" : "records"} cannot be taken over as they are; mend them, or set them aside with --quarantine`;
    blockers.push({ code: "dirty-records", message, canQuarantine: true });
  }
  return blockers;
}

/** Looks at everything a migration would move, and at what stands against it. Writes nothing. */
export async function planMigration(
  target: MigrationTarget,
  options: PlanOptions = {},
): Promise<MigrationPlan> {
  const { signal, onProgress } = options;
  const blockers = await stateBlockers(target);
  const progress = new PhaseProgress("check", 0, onProgress);
  const survey = await surveyFiles({ ...target, progress, signal });
  const { count, blocking, first } = survey.findings;
  const findings = { count, blocking, first };
  return {
    database: target.databasePath,
    collections: survey.collections,
    findings,
    blockers: [...blockers, ...findingBlockers({ findings })],
  };
}
