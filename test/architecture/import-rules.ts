import { dirname, join, normalize, sep } from "node:path";

/** Which workspace packages the source of each one may import. Folder → allowed package names. */
export const allowedImports: Readonly<Record<string, readonly string[]>> = {
  "packages/core": [],
  "adapters/json": ["@cutover/core"],
  "adapters/kysely": ["@cutover/core"],
  "packages/engine": ["@cutover/core"],
  "contract-tests": ["@cutover/core"],
  fixtures: [],
  "test-postgres": [],
  "packages/cutover": ["@cutover/core", "@cutover/engine", "@cutover/json", "@cutover/kysely"],
  "packages/models-downloader": ["@cutover/core", "@cutover/kysely", "cutover"],
  demo: [
    "@cutover/bench",
    "@cutover/core",
    "@cutover/fixtures",
    "@cutover/json",
    "@cutover/kysely",
    "cutover",
  ],
  bench: [
    "@cutover/core",
    "@cutover/engine",
    "@cutover/fixtures",
    "@cutover/json",
    "@cutover/kysely",
    "@cutover/test-postgres",
    "cutover",
  ],
};

/** One import statement of a source file. */
export interface SourceImport {
  /** Path of the importing file, relative to the repository, with `/`. */
  readonly file: string;
  readonly specifier: string;
}

const importPattern =
  /(?:^|[\s;}])(?:import|export)(?:\s+type)?(?:[\s\w{},*$]+from)?\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']/g;

/** Finds the specifiers a source text imports, statically, dynamically and for types; comments do not count. */
export function importsOf(source: string): string[] {
  const code = source.replace(/^\s*(?:\/\/|\/?\*).*$/gm, "");
  return Array.from(code.matchAll(importPattern), (match) => match[1] ?? match[2] ?? "");
}

const isWorkspacePackage = (specifier: string): boolean =>
  /^(@cutover\/|cutover$|cutover\/)/.test(specifier);
const packageName = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");

/** The package folder a file lies in. */
export function folderOf(file: string): string | undefined {
  return Object.keys(allowedImports).find((folder) => file.startsWith(`${folder}/`));
}

function relativeProblem({ file, specifier }: SourceImport, folder: string): string | undefined {
  const target = normalize(join(dirname(file), specifier))
    .split(sep)
    .join("/");
  if (!target.startsWith(`${folder}/`))
    return `${file} reaches out of its package with "${specifier}"`;
  const fromSource = file.startsWith(`${folder}/src/`);
  return fromSource && !target.startsWith(`${folder}/src/`)
    ? `${file} imports "${specifier}", which is not source`
    : undefined;
}

/** What is wrong with an import of a package's source, or undefined. */
export function importProblem(found: SourceImport): string | undefined {
  const folder = folderOf(found.file);
  if (folder === undefined) return undefined;
  if (found.specifier.startsWith(".")) return relativeProblem(found, folder);
  if (!isWorkspacePackage(found.specifier)) return undefined;
  const name = packageName(found.specifier);
  const allowed: readonly string[] = allowedImports[folder] ?? [];
  return allowed.includes(name) ? undefined : `${found.file} may not import ${name}`;
}

/** Adapters that users choose by config are loaded when chosen, never with the package. */
export function eagerAdapterProblem(file: string, source: string): string | undefined {
  if (!file.startsWith("packages/cutover/src/")) return undefined;
  const eager =
    /^\s*(?:import|export)\s+(?!type\b)[^;]*?from\s*["']@cutover\/kysely[^"']*["']/m.exec(source);
  return eager === null
    ? undefined
    : `${file} imports ${eager[0].trim().split(/\s+/).at(-1)} when it is loaded`;
}
