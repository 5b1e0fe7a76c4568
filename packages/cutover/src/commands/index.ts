import { backupCommand } from "./backup.ts";
import type { CliCommand } from "./command.ts";
import { initCommand } from "./init.ts";
import { migrateCommand } from "./migrate.ts";
import { planCommand } from "./plan.ts";
import { pruneCommand } from "./prune.ts";
import { restoreCommand } from "./restore.ts";
import { rollbackCommand } from "./rollback.ts";
import { statusCommand } from "./status.ts";
import { verifyCommand } from "./verify.ts";

/** Every verb, in the order in which the help lists them. */
export const commands: readonly CliCommand[] = [
  initCommand,
  planCommand,
  migrateCommand,
  verifyCommand,
  statusCommand,
  rollbackCommand,
  backupCommand,
  restoreCommand,
  pruneCommand,
];
