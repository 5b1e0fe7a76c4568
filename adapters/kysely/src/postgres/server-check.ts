import { StorageError } from "@cutover/core";
import { literal, statement } from "../sql/statement.ts";
import { engines, type Engine, type EngineName } from "./engine.ts";
import { step, type Step } from "./link.ts";
import type { Row } from "../sql/statement.ts";

/** What a server says of itself. */
export interface ServerSettings {
  /** What it calls itself, such as `PostgreSQL` or `CockroachDB`. */
  readonly engine: string;
  /** As a number: 180004 is 18.4. */
  readonly version: number;
  readonly encoding: string;
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly synchronousCommit: string;
  /** It only reads: a standby, or a connection told so. */
  readonly readOnly: boolean;
}

/** Something about a server that keeps it from being used, or from keeping promises. */
export interface ServerProblem {
  /** The setting's own name. */
  readonly setting: string;
  readonly value: string;
  /** What follows from it, and what to do. */
  readonly problem: string;
  /** Acknowledged writes may be lost; nothing else speaks against the server. */
  readonly durability: boolean;
}

const names = [
  "server_version_num",
  "server_encoding",
  "fsync",
  "full_page_writes",
  "synchronous_commit",
  "transaction_read_only",
] as const;

/** Asks a server for its settings; see {@link settingsOf}. */
export const settingsStep: Step = step(
  statement(
    // An engine that only speaks Postgres's language may lack some of them.
    `SELECT version() AS engine, ${names.map((name) => `current_setting(${literal(name)}, true) AS ${name}`).join(", ")}`,
  ),
);

/** Reads the answer to {@link settingsStep}. */
export function settingsOf(row: Row | undefined): ServerSettings {
  const [named, version, encoding, fsync, fullPageWrites, synchronousCommit, readOnly] = (
    row ?? []
  ).map(String);
  return {
    engine: engineOf(named ?? ""),
    version: Number(version ?? 0),
    encoding: encoding ?? "",
    fsync: fsync ?? "",
    fullPageWrites: fullPageWrites ?? "",
    synchronousCommit: synchronousCommit ?? "",
    readOnly: readOnly === "on",
  };
}

/** Others that speak its language, as they show in `version()`. */
const otherEngines = [
  ["Redshift", /Redshift/],
  ["CedarDB", /CedarDB/],
  // Last, for nearly all of them call themselves PostgreSQL, too.
  ...Object.values(engines).map(({ title, pattern }) => [title, pattern] as const),
] as const;

/** What users call an engine that there is a way with. */
function nameOf(title: string): EngineName | undefined {
  const names: readonly EngineName[] = ["postgresql", "cockroachdb", "yugabytedb"];
  return names.find((name) => engines[name].title === title);
}

/** What speaks against a server that is another engine than was named. */
export function anotherEngine(found: string, { title }: Engine): string {
  const name = nameOf(found);
  if (title !== engines.postgresql.title)
    return `the option \`engine\` says ${title}; name the one that is there, or leave it out for PostgreSQL`;
  const ask =
    name === undefined
      ? ""
      : `; \`engine: "${name}"\` uses it all the same, in a way that was designed for it and never run on it`;
  return `only PostgreSQL was tried, and locks of others may hold nobody off${ask}`;
}

/** The engine behind the text of `version()`; what is not known is taken by its first word. */
export function engineOf(version: string): string {
  const known = otherEngines.find(([, pattern]) => pattern.test(version));
  return known?.[0] ?? version.split(" ")[0] ?? "";
}

/** What speaks against a server. @param wanted which it is to be; default: PostgreSQL */
export function problemsOf(
  settings: ServerSettings,
  wanted: Engine = engines.postgresql,
): readonly ServerProblem[] {
  const problems: ServerProblem[] = [];
  const add = (setting: string, value: string, problem: string, durability = true): void => {
    problems.push({ setting, value, problem, durability });
  };
  const { engine, version, encoding, fsync, fullPageWrites, synchronousCommit } = settings;
  if (engine !== wanted.title) add("engine", engine, anotherEngine(engine, wanted), false);
  if (version < (wanted.oldestVersion ?? 0))
    add("server_version_num", String(version), "PostgreSQL 15 or newer is needed", false);
  if (encoding !== "UTF8")
    add("server_encoding", encoding, "make the database with ENCODING 'UTF8'", false);
  if (fsync !== "on") add("fsync", fsync, "a power cut may damage the whole database; turn it on");
  if (fullPageWrites !== "on")
    add("full_page_writes", fullPageWrites, "a power cut may damage pages; turn it on");
  if (synchronousCommit === "off")
    add("synchronous_commit", synchronousCommit, "acknowledged writes may be lost; turn it on");
  return problems;
}

/** @throws StorageError CONFIG_INVALID naming each setting and what to do */
export function refuseProblems(problems: readonly ServerProblem[], location: string): void {
  if (problems.length === 0) return;
  const said = problems.map(({ setting, value, problem }) => `${setting} = ${value}: ${problem}`);
  const hint = problems.every(({ durability }) => durability)
    ? '; or ask for no more than `durability: "process-crash"`'
    : "";
  throw new StorageError("CONFIG_INVALID", `${location}: ${said.join("; ")}${hint}`);
}
