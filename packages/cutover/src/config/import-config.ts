import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { fileFailure } from "../state/file-failure.ts";
import { placeAt, type TextPlace } from "../state/placed-json.ts";
import { configError } from "./config-error.ts";
import type { ReadConfig } from "./json-config.ts";
import { resolveCutover } from "./resolve-hook.ts";
import { literally } from "./source-place.ts";

const run = promisify(execFile);

const codeOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

function placeOfLine(source: string, line: number, column: number): TextPlace {
  const before = source.split("\n").slice(0, line - 1);
  const index = before.reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  return placeAt(source, Math.min(index, source.length));
}

/** The first place of this file that an error's stack names: a frame, or a heading over carets. */
function placeInStack(file: string, source: string, stack: string): TextPlace | undefined {
  const url = literally(pathToFileURL(file).href);
  const found = new RegExp(`(?:${url}|${literally(file)}):(\\d+)(?::(\\d+))?`).exec(stack);
  if (found === null) return undefined;
  const carets = /^( *)\^+ *$/m.exec(stack);
  const column = found[2] === undefined ? (carets?.[1]?.length ?? 0) + 1 : Number(found[2]);
  return placeOfLine(source, Number(found[1]), column);
}

/** V8 tells an importer nothing of where a syntax error is; `node --check` prints it. */
async function checkedStack(file: string): Promise<string> {
  try {
    await run(process.execPath, ["--check", file], { env: { ...process.env, NODE_OPTIONS: "" } });
    return "";
  } catch (error) {
    return error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  }
}

const hints: Readonly<Record<string, string>> = {
  ERR_UNKNOWN_FILE_EXTENSION:
    `Node ${process.versions.node} cannot read TypeScript; use Node 22.18, 24 or newer, ` +
    "or write the config as cutover.config.mjs",
  ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX:
    "Node only strips types: enums, namespaces and parameter properties cannot be used here",
  ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING:
    "Node does not strip types inside node_modules; write the config as cutover.config.mjs",
};

async function explained(file: string, source: string, error: unknown): Promise<Error> {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const text = error instanceof Error ? error.message : String(error);
  let place = placeInStack(file, source, stack);
  if (place === undefined && error instanceof SyntaxError) {
    place = placeInStack(file, source, await checkedStack(file));
  }
  const hint = hints[String(codeOf(error))];
  if (place === undefined && codeOf(error) === "ERR_MODULE_NOT_FOUND") {
    const missing = /(?:package|module) '([^']+)'/.exec(text)?.[1]?.split("/").at(-1) ?? "";
    const index = missing === "" ? -1 : source.indexOf(missing);
    if (index >= 0) place = placeAt(source, index);
  }
  const message = hint === undefined ? text : `${text}. ${hint}`;
  return configError({ file, message, place, cause: error });
}

/** Between an error and the line of the config that caused it there may be many calls. */
const deepestStack = 50;

async function imported(file: string): Promise<unknown> {
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = Math.max(usual, deepestStack);
  try {
    const module: unknown = await import(pathToFileURL(file).href);
    return module;
  } finally {
    Error.stackTraceLimit = usual;
  }
}

/**
 * Imports a config written in TypeScript or JavaScript; types are stripped by Node itself.
 * @throws StorageError CONFIG_INVALID with file, line and column where they can be told, IO_FAILED
 */
export async function importConfig(file: string): Promise<ReadConfig> {
  const source = await readFile(file, "utf8").catch((error: unknown) => {
    throw fileFailure("read", file, error);
  });
  resolveCutover();
  const module = await imported(file).catch(async (error: unknown) => {
    throw await explained(file, source, error);
  });
  if (typeof module === "object" && module !== null && "default" in module) {
    return { exported: module.default, source };
  }
  const message = `the config is not exported; write \`export default defineConfig({ … })\``;
  const place = placeAt(source, 0);
  const hint = extname(file) === ".js" ? ' (and `"type": "module"` in package.json, or .mjs)' : "";
  throw configError({ file, message: `${message}${hint}`, place });
}
