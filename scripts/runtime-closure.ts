import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { publishedFolders } from "./published-packages.ts";

/** A package that comes into an application with ours, as it lies in `node_modules`. */
export interface RuntimePackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly homepage: string;
  /** Names of the scripts that an installation would run. */
  readonly installScripts: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

/** Peers count: whoever installs the adapter installs them with it. */
const kinds = ["dependencies", "optionalDependencies", "peerDependencies"];
const scriptsOfInstalling = ["preinstall", "install", "postinstall"];
/** Peers of what only tests use are not part of an application. */
const testingOnly = ["contract-tests"];

/** Everything that is not ours and that the published packages need at run time, by name. */
export function runtimeClosure(root: string): RuntimePackage[] {
  const found = new Map<string, RuntimePackage>();
  const folders = publishedFolders(root).filter(
    (folder) => !testingOnly.some((name) => folder.endsWith(name)),
  );
  const seen = new Set(folders);
  for (const folder of seen) {
    const manifest = read(folder);
    const isOurs = folders.includes(folder);
    if (!isOurs) found.set(folder, describe(folder, manifest));
    for (const name of dependenciesOf(manifest)) {
      const next = resolve(folder, name);
      if (next !== undefined) seen.add(next);
      else if (!isOptional(manifest, name)) throw new Error(`${folder} lacks ${name}: install`);
    }
  }
  return [...found.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function dependenciesOf(manifest: Json): string[] {
  return [...new Set(kinds.flatMap((kind) => Object.keys(object(manifest[kind]))))];
}

/** Where Node would find it: in the `node_modules` of this folder or of one above it. */
function resolve(folder: string, name: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, "node_modules", name);
    if (existsSync(join(path, "package.json"))) return realpathSync(path);
    if (dirname(at) === at) return undefined;
  }
}

function isOptional(manifest: Json, name: string): boolean {
  const meta = object(object(manifest["peerDependenciesMeta"])[name]);
  return meta["optional"] === true || name in object(manifest["optionalDependencies"]);
}

function describe(folder: string, manifest: Json): RuntimePackage {
  const scripts = object(manifest["scripts"]);
  const named = scriptsOfInstalling.filter((name) => name in scripts);
  // Without an install script, npm would run node-gyp for a binding.gyp unless `gypfile` is false.
  const hasGyp = existsSync(join(folder, "binding.gyp")) && manifest["gypfile"] !== false;
  return {
    name: text(manifest["name"]),
    version: text(manifest["version"]),
    licence: text(manifest["license"]),
    homepage: text(manifest["homepage"]),
    installScripts: hasGyp ? [...named, "node-gyp rebuild"] : named,
  };
}

function read(folder: string): Json {
  return object(JSON.parse(readFileSync(join(folder, "package.json"), "utf8")));
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
