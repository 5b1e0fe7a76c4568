import { userInfo } from "node:os";
import type { Command } from "commander";
import { UsageError } from "../output/error-report.ts";
import type { UnitChoice } from "../units/select-units.ts";
import type { FolderFlags } from "./folder-target.ts";

/** Options of every command that works on units. */
export interface UnitFlags extends FolderFlags, UnitChoice {}

/** Options of every command that moves units. */
export interface MoveFlags extends UnitFlags {
  readonly dryRun?: boolean;
  readonly reason?: string;
  readonly force?: boolean;
  readonly actor?: string;
  readonly yes?: boolean;
}

const collect = (name: string, before: readonly string[] = []): string[] => [...before, name];

/** Adds the folder and the choice of units. */
export function withUnitOptions(command: Command): Command {
  return command
    .argument("[folder]", "the data folder; default: that of the nearest config file")
    .option("--config <file>", "the config file that describes the folder")
    .option("--team <name>", "only the units of this team")
    .option("--unit <name>", "only this unit; can be given several times", collect)
    .option("--ramp <percent>", "only this share of the units; a larger one only adds units");
}

/** Adds what every change takes. */
export function withMoveOptions(command: Command): Command {
  return withUnitOptions(command)
    .option("--dry-run", "show what would be done and what blocks it; change nothing")
    .option("--reason <text>", "why; kept in the log")
    .option("--actor <name>", "who; kept in the log (default: the user's name)");
}

/** Adds the way through a closed gate. */
export function withForce(command: Command): Command {
  return command.option("--force", "go through a closed gate; needs --reason");
}

/** Who acts, for the log. */
export function actorOf({ actor }: MoveFlags): string {
  if (actor !== undefined) return actor;
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in the system's list of users, as in containers.
    return "operator";
  }
}

/** @throws UsageError where a gate is to be forced without a reason */
export function checkForce({ force = false, reason = "" }: MoveFlags): void {
  if (!force || reason.trim() !== "") return;
  throw new UsageError('--force needs a reason, which the log keeps: --reason "…"');
}
