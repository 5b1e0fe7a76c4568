import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundledFolders } from "./bundled-folders.ts";
import { manifestOf } from "./published-packages.ts";

const record = { source: "huggingface", size: 23 };

/** Text, so that Node loads the packages as an application's, from wherever this runs. */
const application = `
  import { defineCollection, integer, isStorageError, openStorage, StorageError, text } from "cutover";
  import * as core from "@cutover/core";
  const [folder] = process.argv.slice(1);
  const models = defineCollection({ name: "models",
    fields: { source: text(), size: integer() }, indexes: ["source"] });
  const storage = await openStorage({ config: { folder, collections: [models] } });
  const found = await storage.collection(models).find({ where: { source: "huggingface" } });
  const refused = await storage.collection(models).insert("one", found[0].value).catch((error) => error);
  await storage.collection(models).update("one", (value) => ({ ...value, size: value.size + 1 }));
  await storage.close();
  console.log(JSON.stringify({ found: found.length, size: found[0].value.size,
    name: refused.name, code: refused.code, known: isStorageError(refused),
    one: refused instanceof StorageError && core.StorageError === StorageError }));`;

interface Step {
  readonly what: string;
  readonly args: readonly string[];
  /** What the program says when all is well. */
  readonly says: string;
}

function stepsIn(folder: string, packageFolder: string): readonly Step[] {
  const bin = join(packageFolder, "dist/bin.js");
  const asked = (size: number, charge: string): Step => ({
    what: `an application with ${charge} in charge`,
    args: ["--input-type=module", "-e", application, folder],
    says: JSON.stringify({
      found: 1,
      size,
      name: "StorageError",
      code: "ALREADY_EXISTS",
      known: true,
      one: true,
    }),
  });
  return [
    {
      what: "cutover --version",
      args: [bin, "--version"],
      says: manifestOf(packageFolder).version,
    },
    asked(23, "JSON"),
    { what: "cutover migrate", args: [bin, "migrate", folder], says: "is in charge since epoch 1" },
    asked(24, "SQLite"),
    { what: "cutover rollback", args: [bin, "rollback", folder, "--yes"], says: "in charge" },
    asked(25, "JSON again"),
  ];
}

const loading = `for (const name of process.argv.slice(1)) await import(name); console.log("loaded");`;

/** Every entry point loads, with the parts that it shares with others. */
function loadFaults(folder: string): string[] {
  const { name, exports = {} } = manifestOf(folder);
  const names = Object.entries(exports)
    .filter(([, target]) => typeof target !== "string")
    .map(([path]) => name + path.slice(1));
  const said = outputOf(["--input-type=module", "-e", loading, ...names], folder);
  return said === "loaded\n" ? [] : [`built form: ${name}: ${said}`];
}

function outputOf(args: readonly string[], cwd: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
  return stdout + stderr;
}

/**
 * Runs the packages as they are built, which tests do not: those run their sources.
 *
 * @returns what went wrong, or nothing
 */
export function builtFormFaults(root: string): string[] {
  return [...bundledFolders(root).flatMap(loadFaults), ...journeyFaults(root)];
}

/** From JSON to SQLite and back, with an application that reads and writes at every stop. */
function journeyFaults(root: string): string[] {
  const packageFolder = join(root, "packages/cutover");
  const folder = mkdtempSync(join(tmpdir(), "cutover-built-form-"));
  try {
    writeFileSync(join(folder, "models.json"), JSON.stringify({ one: record }));
    for (const { what, args, says } of stepsIn(folder, packageFolder)) {
      const said = outputOf(args, packageFolder);
      if (!said.includes(says)) return [`built form: ${what}: ${said}`];
    }
    const text = readFileSync(join(folder, "models.json"), "utf8");
    return /"size": ?26\b/.test(text) ? [] : [`built form: the file ends as ${text}`];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
