import { isOpen, mismatchesOf, mismatchId, type Mismatch } from "@cutover/engine";
import type { Command } from "commander";
import type { Answer } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import { formatAmount } from "../output/quantity.ts";
import type { CliCommand, CommandContext, Session } from "./command.ts";
import { actorOf, withUnitOptions, type MoveFlags } from "./unit-flags.ts";
import {
  checkBegun,
  unitTarget,
  withUnits,
  type UnitSession,
  type UnitTarget,
} from "./unit-session.ts";

/** Mismatches of one command, after it has done what it does. */
type Work = (units: UnitSession, mismatches: readonly Mismatch[]) => Promise<readonly Mismatch[]>;

/** Names one record, or a collection as a whole. */
interface Chosen {
  readonly collection?: string | undefined;
  readonly key?: string | undefined;
}

async function mismatchesIn({ stores, chosen }: UnitSession): Promise<Mismatch[]> {
  const found: Mismatch[] = [];
  for (const { name } of chosen) found.push(...(await mismatchesOf(stores.control, name)));
  return found;
}

function pick(mismatches: readonly Mismatch[], { collection, key }: Chosen): readonly Mismatch[] {
  if (collection === undefined) return mismatches;
  const picked = mismatches.filter(
    (own) => own.collection === collection && (key === undefined || own.key === key),
  );
  if (picked.length > 0) return picked;
  const what = key === undefined ? collection : `${collection} ${JSON.stringify(key)}`;
  throw new UsageError(
    `there is no mismatch of ${what}; \`mismatches list\` shows those there are`,
  );
}

function print(mismatches: readonly Mismatch[], { session }: UnitTarget): void {
  const titles = ["unit", "collection", "key", "what", "where", "seen", "last", "state"];
  session.output.table(
    titles.map((title) => ({ title })),
    mismatches.map((own) => [
      own.unit,
      own.collection,
      own.key ?? "(whole)",
      own.kind,
      own.message ?? own.paths.join(", "),
      String(own.seen),
      own.lastSeen,
      own.reason === undefined ? own.state : `${own.state}: ${own.reason}`,
    ]),
  );
  if (mismatches.length === 0) session.output.line("There is no mismatch.");
}

function answer(mismatches: readonly Mismatch[], { target }: UnitTarget): Answer {
  const open = mismatches.filter(isOpen).length;
  const { word, folder } = target;
  const blocker = {
    code: "mismatches",
    message: `${formatAmount(open, "mismatch", "mismatches")} open`,
  };
  return {
    ok: true,
    canAdvance: open === 0,
    blockedBy: open === 0 ? [] : [blocker],
    reversible: true,
    nextSteps: [open === 0 ? `cutover status ${word}` : `cutover repair ${word} --dry-run`],
    exitCode: open === 0 ? 0 : 3,
    details: {
      folder,
      mismatches: mismatches.map((own) => ({ id: mismatchId(own), ...own })),
    },
  };
}

async function run(
  at: { readonly folder: string | undefined; readonly chosen: Chosen },
  { flags, session }: { readonly flags: MoveFlags; readonly session: Session },
  work: Work,
): Promise<Answer> {
  const found = await unitTarget(at.folder, flags, session);
  checkBegun(found);
  const after = await withUnits(found, async (units) =>
    work(units, pick(await mismatchesIn(units), at.chosen)),
  );
  print(after, found);
  return answer(after, found);
}

const show: Work = async (_units, mismatches) => mismatches;

const lookAgain: Work = async ({ chosen, operator, session, target }, mismatches) => {
  const { compare } = target.project.config.cutover ?? {};
  const { recheck } = await import("@cutover/engine");
  const standing: Mismatch[] = [];
  for (const mismatch of mismatches) {
    const unit = chosen.find(({ name }) => name === mismatch.unit);
    if (unit === undefined) continue;
    const found = await recheck(operator.ports, unit, mismatch, {
      signal: session.signal,
      ...(compare === undefined ? {} : { compare }),
    });
    if (found.outcome === "stands") standing.push(found.mismatch);
    if (found.outcome === "unstable") standing.push(mismatch);
  }
  return standing;
};

const ignore: Work = async ({ stores, flags, session }, mismatches) => {
  const { ignoreMismatch } = await import("@cutover/engine");
  const { reason = "" } = flags;
  if (flags.dryRun === true) {
    session.output.line("These would be ignored. Nothing was changed: this was a rehearsal.");
    return mismatches.map((mismatch) => ({ ...mismatch, state: "ignored", reason }));
  }
  const ignored: Mismatch[] = [];
  for (const mismatch of mismatches) {
    const decision = { reason, actor: actorOf(flags) };
    const id = mismatchId(mismatch);
    ignored.push(await ignoreMismatch(stores.control, mismatch.unit, id, decision));
  }
  return ignored;
};

function addList(parent: Command, context: CommandContext): void {
  withUnitOptions(parent.command("list", { isDefault: true }))
    .description("show all mismatches; reads only")
    .action((folder: string | undefined, flags: MoveFlags) =>
      context.run("mismatches list", (session) =>
        run({ folder, chosen: {} }, { flags, session }, show),
      ),
    );
}

function addOne(
  parent: Command,
  context: CommandContext,
  verb: { readonly name: string; readonly description: string; readonly work: Work },
): void {
  const command = parent
    .command(verb.name)
    .description(verb.description)
    .argument("<folder>", "the data folder")
    .argument("<collection>", "the record's collection")
    .argument("[key]", "the record's key; default: all of the collection")
    .option("--config <file>", "the config file that describes the folder");
  if (verb.name === "ignore") {
    command
      .requiredOption("--reason <text>", "why; kept in the log")
      .option("--actor <name>", "who; kept in the log (default: the user's name)")
      .option("--dry-run", "show what would be ignored; change nothing");
  }
  command.action((folder: string, collection: string, key: string | undefined, flags: MoveFlags) =>
    context.run(`mismatches ${verb.name}`, (session) =>
      run({ folder, chosen: { collection, key } }, { flags, session }, verb.work),
    ),
  );
}

/** `cutover mismatches`: what comparisons found, and what was decided about it. */
export const mismatchesCommand: CliCommand = {
  name: "mismatches",
  register: (program, context) => {
    const parent = program
      .command("mismatches")
      .description("show and decide what comparisons of the two stores found");
    addList(parent, context);
    addOne(parent, context, {
      name: "show",
      description: "show the mismatches of a record, or of a collection; reads only",
      work: show,
    });
    withUnitOptions(parent.command("recheck"))
      .description("look at every mismatch again; those that are no more are forgotten")
      .action((folder: string | undefined, flags: MoveFlags) =>
        context.run("mismatches recheck", (session) =>
          run({ folder, chosen: {} }, { flags, session }, lookAgain),
        ),
      );
    addOne(parent, context, {
      name: "ignore",
      description: "decide that a mismatch does not matter while both sides stay as they are",
      work: ignore,
    });
  },
};
