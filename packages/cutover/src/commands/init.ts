import { basename, join, resolve } from "node:path";
import { stat } from "node:fs/promises";
import {
  canonicalJson,
  defineCollection,
  describeDefinition,
  StorageError,
  type CollectionDefinition,
} from "@cutover/core";
import { configFileIn } from "../config/config-file.ts";
import { configSource, type ConfigContent } from "../config/config-source.ts";
import { defaultDatabase } from "../config/cutover-config.ts";
import { loadConfig } from "../config/load-config.ts";
import { inspectFolder, type FolderReport } from "../inspect/inspect-folder.ts";
import type { FileReport } from "../inspect/inspect-file.ts";
import type { KnownLayout } from "../layouts/known-layout.ts";
import { recogniseLayout } from "../layouts/recognise-layout.ts";
import type { Answer } from "../output/answer.ts";
import { UsageError } from "../output/error-report.ts";
import { formatAmount, formatBytes, formatCount } from "../output/quantity.ts";
import { shellWord } from "../output/shell-word.ts";
import { createDurably, replaceDurably } from "../state/write-durably.ts";
import type { CliCommand, Session } from "./command.ts";

interface InitOptions {
  readonly write?: boolean;
  readonly force?: boolean;
}

/** What init makes of a folder. */
interface Draft {
  readonly report: FolderReport;
  readonly layout: KnownLayout | undefined;
  readonly content: ConfigContent;
}

const kindNames: Readonly<Record<FileReport["kind"], string>> = {
  map: "records by key",
  settings: "one object of settings",
  array: "array of records",
  wrapper: "records inside a wrapper",
  none: "no records",
  broken: "no valid JSON",
};

/** Such as `users.json: records by key, 12 records`. */
function describe(report: FileReport): string {
  const hasRecords = report.kind !== "none" && report.kind !== "broken";
  const count = hasRecords ? [formatAmount(report.records, "record")] : [];
  return `${report.file}: ${[kindNames[report.kind], ...count].join(", ")}`;
}

const why = (file: FileReport): string =>
  [...file.notes, ...file.problems.map((problem) => problem.message)].join("; ");

function contentOf(report: FolderReport, layout: KnownLayout | undefined): ConfigContent {
  const reports = new Map(report.files.map((file) => [file.file, file]));
  const known = (layout?.collections ?? []).map((definition) => {
    const file = reports.get(definition.file.path);
    const notes = (layout?.notes ?? []).filter((note) =>
      note.startsWith(`${definition.file.path}:`),
    );
    const seen = file === undefined ? `${definition.file.path} is not there yet` : describe(file);
    return { definition, comments: [seen, ...notes] };
  });
  const covered = new Set(known.map(({ definition }) => definition.file.path));
  const names = new Set(known.map(({ definition }) => definition.name));
  const others = report.files.filter((file) => !covered.has(file.file));
  const inferred = others.flatMap((file) => {
    if (file.proposal === undefined || names.has(file.proposal.name)) return [];
    const comments = [describe(file), ...file.notes.map((note) => `- ${note}`)];
    return [{ definition: defineCollection(file.proposal), comments }];
  });
  const left = others.filter(
    (file) => file.proposal === undefined || names.has(file.proposal.name),
  );
  return {
    database: layout?.database ?? defaultDatabase,
    // Files that an application of a known layout has beside its stores are not among them.
    collections: layout === undefined ? inferred : known,
    remarks: [
      ...report.notes,
      ...(layout === undefined ? left : others).map((file) => `${describe(file)}; ${why(file)}`),
    ],
  };
}

function printReport(draft: Draft, { output }: Session): void {
  const { report, layout, content } = draft;
  const byFile = new Map(
    content.collections.map(({ definition }) => [definition.file.path, definition]),
  );
  output.line(
    layout === undefined
      ? `${report.folder}: ${formatAmount(report.files.length, "JSON file")}`
      : `${report.folder}: the data folder of ${layout.name}`,
  );
  output.line();
  output.table(
    [
      { title: "file" },
      { title: "holds" },
      { title: "records", align: "right" },
      { title: "size", align: "right" },
      { title: "collection" },
      { title: "key" },
    ],
    report.files.map((file) => {
      const definition = byFile.get(file.file);
      const key = definition === undefined ? "" : (definition.keyMember ?? "its name in the file");
      const counted = file.kind === "none" ? "" : formatCount(file.records);
      const size = formatBytes(file.sizeBytes);
      return [file.file, kindNames[file.kind], counted, size, definition?.name ?? "left out", key];
    }),
  );
  const notes = report.files.flatMap((file) => [
    ...(layout === undefined ? file.notes.map((note) => `${file.file}: ${note}`) : []),
    ...file.problems.map((problem) => problem.message),
  ]);
  if (notes.length > 0) output.line();
  for (const note of notes) output.line(`- ${note}`);
}

function same(
  one: readonly CollectionDefinition[],
  other: readonly CollectionDefinition[],
): boolean {
  return (
    canonicalJson(one.map(describeDefinition)) === canonicalJson(other.map(describeDefinition))
  );
}

/** Node that strips no types reads the very same text as JavaScript. */
function configName(): string {
  return process.features.typescript === false ? "cutover.config.mjs" : "cutover.config.ts";
}

async function writeConfig(folder: string, draft: Draft, force: boolean): Promise<string> {
  const existing = await configFileIn(folder);
  const path = existing ?? join(folder, configName());
  if (existing !== undefined && !force) {
    throw new UsageError(`${existing} is there already; --force overwrites it`);
  }
  if (existing?.endsWith(".json") === true) {
    throw new UsageError(
      `${existing} would have to go first: ${configName()} would stand beside it`,
    );
  }
  const source = configSource(draft.content);
  if (force) await replaceDurably(path, source);
  else if (!(await createDurably(path, source))) {
    throw new UsageError(`${path} is there already; --force overwrites it`);
  }
  const loaded = await loadConfig(path);
  const definitions = draft.content.collections.map(({ definition }) => definition);
  if (same(loaded.config.collections, definitions)) return path;
  throw new StorageError("CONFIG_INVALID", `${path} does not give back what it was written from`);
}

const told = (file: FileReport, draft: Draft): object => ({
  file: file.file,
  kind: file.kind,
  records: file.records,
  sizeBytes: file.sizeBytes,
  collection:
    draft.content.collections.find(({ definition }) => definition.file.path === file.file)
      ?.definition.name ?? null,
  notes: file.notes,
  problems: file.problems,
});

async function draftOf(folder: string, { output, signal }: Session): Promise<Draft> {
  const progress = output.progress({ label: `looking at ${basename(folder)}`, noun: "file" });
  try {
    const report = await inspectFolder(folder, { signal, onFile: () => progress.advance(1) });
    const layout = await recogniseLayout(folder);
    return { report, layout, content: contentOf(report, layout) };
  } finally {
    progress.end();
  }
}

/** Looks at a folder and prints, or writes, a config for it. */
async function init(given: string, options: InitOptions, session: Session): Promise<Answer> {
  const folder = resolve(session.cwd, given);
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) throw new UsageError(`there is no folder ${folder}`);
  const draft = await draftOf(folder, session);
  printReport(draft, session);
  const { output } = session;
  output.line();
  const write = options.write === true;
  const written = write ? await writeConfig(folder, draft, options.force === true) : null;
  if (written === null) output.line(configSource(draft.content).trimEnd());
  else output.line(`wrote ${written}`);
  const broken = draft.report.files.flatMap((file) => file.problems);
  const target = shellWord(given);
  return {
    ok: true,
    canAdvance: broken.length === 0 && draft.content.collections.length > 0,
    blockedBy: broken.map(({ message }) => ({ code: "CORRUPT_DATA", message })),
    reversible: true,
    nextSteps: [write ? `cutover migrate ${target} --dry-run` : `cutover init ${target} --write`],
    details: {
      folder,
      layout: draft.layout?.name ?? null,
      files: draft.report.files.map((file) => told(file, draft)),
      config: configSource(draft.content),
      written,
    },
  };
}

/** `cutover init`: what lies in a folder, as a config file. */
export const initCommand: CliCommand = {
  name: "init",
  register: (program, context) => {
    program
      .command("init")
      .description("look at a folder of JSON files and print a config for it; --write writes it")
      .argument("<folder>", "the folder that the JSON files lie in")
      .option("--write", "write cutover.config.ts into the folder")
      .option("--force", "overwrite the config that is there")
      .action((folder: string, options: InitOptions) =>
        context.run("init", (session) => init(folder, options, session)),
      );
  },
};
