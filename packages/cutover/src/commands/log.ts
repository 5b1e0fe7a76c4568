import {
  isJsonObject,
  isStorageError,
  type AuditEntry,
  type ControlStore,
  type JsonValue,
} from "@cutover/core";
import type { Answer } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import { hopOf } from "../hop/hop.ts";
import { PostgresPlace } from "../hop/postgres-place.ts";
import { fileExists } from "../project/choose-backend.ts";
import type { Project } from "../project/project.ts";
import { statePaths } from "../state/state-paths.ts";
import { knownServerControl } from "../units/open-control.ts";
import { isOnHop, unitsOf } from "../units/project-units.ts";
import { selectUnits } from "../units/select-units.ts";
import type { CliCommand, Session } from "./command.ts";
import { folderTarget } from "./folder-target.ts";
import { withUnitOptions, type UnitFlags } from "./unit-flags.ts";

/** An audit entry; those of the folder as a whole have no unit. */
type LogEntry = Omit<AuditEntry, "unit"> & { readonly unit: string | undefined };

interface LogFlags extends UnitFlags {
  readonly limit: string;
}

function limitOf({ limit }: LogFlags): number {
  const count = Number(limit);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new UsageError(`--limit takes a number of entries, not "${limit}"`);
}

function detailsInWords({ details }: LogEntry): string {
  if (!isJsonObject(details)) return "";
  return Object.entries(details)
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}

/** Reads a control store to its end. */
async function entriesOf(control: ControlStore): Promise<readonly LogEntry[]> {
  try {
    return await control.audit(Number.MAX_SAFE_INTEGER);
  } finally {
    await control.close();
  }
}

async function localEntries({ folder }: Project): Promise<readonly LogEntry[]> {
  const { control: path } = statePaths(folder);
  if (!(await fileExists(path))) return [];
  const { sqliteControl } = await import("@cutover/kysely/control");
  const control = sqliteControl({ path });
  await control.open();
  return entriesOf(control);
}

/** Of a folder that was taken back: the server need not keep it, and may be another's by now. */
async function formerEntries(
  { record }: Project,
  place: PostgresPlace,
  { output }: Session,
): Promise<readonly LogEntry[]> {
  const control = await place.control({ mayCreate: false });
  const leaveOut = async (why: string): Promise<readonly LogEntry[]> => {
    await control.close();
    output.warn(`what was done to units on ${place.inWords} is left out: ${why}`);
    return [];
  };
  try {
    await place.told(() => control.open());
  } catch (error) {
    if (isStorageError(error, "SCHEMA_OUTDATED")) return leaveOut(error.message);
    await control.close();
    throw error;
  }
  const incarnation = await control.incarnation();
  const isOwn = record?.steps.some((step) => step["control"] === incarnation) ?? false;
  return isOwn ? entriesOf(control) : leaveOut("the control store there is another one");
}

/** What was done to units, newest first: also where none of them moves any more, and on a first hop. */
async function unitEntries(project: Project, session: Session): Promise<readonly LogEntry[]> {
  const entries = await localEntries(project);
  const wasBegun = project.record?.steps.some((step) => step["hop"] !== undefined) ?? false;
  if (hopOf(project.config).to !== "postgres" || !wasBegun) return entries;
  const place = new PostgresPlace(project);
  const onServer = isOnHop(project)
    ? await entriesOf(await knownServerControl(project, place))
    : await formerEntries(project, place, session);
  return [...onServer, ...entries];
}

/** Steps that the control store tells of, too, and in more words. */
const toldByUnits: ReadonlySet<string> = new Set(["start", "cancel"]);

/** What was done to the folder as a whole, newest first. */
function folderEntries({ record }: Project): LogEntry[] {
  const steps = (record?.steps ?? []).filter(({ action }) => !toldByUnits.has(action));
  return steps
    .map(({ at, action, actor = "operator", ...details }) => {
      const known = Object.entries(details).filter(([, value]) => isTellable(value));
      return {
        at,
        action,
        unit: undefined,
        actor: typeof actor === "string" ? actor : "operator",
        details: Object.fromEntries(known),
      };
    })
    .toReversed();
}

function isTellable(value: JsonValue | undefined): value is JsonValue {
  return value !== undefined && (typeof value !== "object" || value === null);
}

/** Which units were asked for; undefined: everything. */
function chosenNames(project: Project, flags: LogFlags): ReadonlySet<string> | undefined {
  const { team, unit = [], ramp } = flags;
  if (team === undefined && unit.length === 0 && ramp === undefined) return undefined;
  return new Set(selectUnits(unitsOf(project), flags).map(({ name }) => name));
}

async function log(folder: string | undefined, flags: LogFlags, session: Session): Promise<Answer> {
  const limit = limitOf(flags);
  const { project, word } = await folderTarget(folder, flags, session);
  const names = chosenNames(project, flags);
  const ofUnits = await unitEntries(project, session);
  const chosen =
    names === undefined
      ? [...ofUnits, ...folderEntries(project)].toSorted((one, other) =>
          one.at < other.at ? 1 : one.at > other.at ? -1 : 0,
        )
      : ofUnits.filter(({ unit = "" }) => names.has(unit));
  const entries = chosen.slice(0, limit);
  session.output.table(
    [{ title: "when" }, { title: "unit" }, { title: "what" }, { title: "who" }, { title: "" }],
    entries.map((row) => [
      row.at,
      row.unit ?? "(the folder)",
      row.action,
      row.actor,
      detailsInWords(row),
    ]),
  );
  if (entries.length === 0) session.output.line("Nothing was done yet.");
  const more = chosen.length - entries.length;
  if (more > 0) session.output.line(`… and ${more} older ones: --limit ${chosen.length}`);
  return {
    ok: true,
    canAdvance: true,
    blockedBy: [],
    reversible: true,
    nextSteps: [`cutover status ${word}`],
    details: { folder: project.folder, entries, older: more },
  };
}

/** `cutover log`: who did what to the folder and its units, and why. */
export const logCommand: CliCommand = {
  name: "log",
  register: (program, context) => {
    withUnitOptions(program.command("log"))
      .description("show who did what to which unit, newest first; reads only")
      .option("--limit <entries>", "so many entries at most", "20")
      .action((folder: string | undefined, flags: LogFlags) =>
        context.run("log", (session) => log(folder, flags, session)),
      );
  },
};
