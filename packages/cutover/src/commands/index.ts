import { backfillCommand } from "./backfill.ts";
import { backupCommand } from "./backup.ts";
import { cancelCommand } from "./cancel.ts";
import { completeCommand } from "./complete.ts";
import { doctorCommand } from "./doctor.ts";
import { initCommand } from "./init.ts";
import { logCommand } from "./log.ts";
import { migrateCommand } from "./migrate.ts";
import { mismatchesCommand } from "./mismatches.ts";
import { planCommand } from "./plan.ts";
import { pruneCommand } from "./prune.ts";
import { repairCommand } from "./repair.ts";
import { restoreCommand } from "./restore.ts";
import { reverseCommand } from "./reverse.ts";
import { rollbackCommand } from "./rollback.ts";
import { startCommand } from "./start.ts";
import { statusCommand } from "./status.ts";
import { switchCommand } from "./switch.ts";
import { verifyCommand } from "./verify.ts";
import type { CliCommand } from "./command.ts";

/** Every verb, in the order in which the help lists them. */
export const commands: readonly CliCommand[] = [
  initCommand,
  planCommand,
  migrateCommand,
  verifyCommand,
  statusCommand,
  rollbackCommand,
  startCommand,
  backfillCommand,
  switchCommand,
  reverseCommand,
  completeCommand,
  cancelCommand,
  mismatchesCommand,
  repairCommand,
  logCommand,
  doctorCommand,
  backupCommand,
  restoreCommand,
  pruneCommand,
];
