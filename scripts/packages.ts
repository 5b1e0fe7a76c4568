// Looks at every package as whoever installs it would: publint at what package.json says, attw at
// what the types resolve to, knip at files, exports and dependencies that nobody uses; and uses what
// was built. First each tool is shown something broken: one that has nothing to say about that is
// not working.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, Package, type Problem } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { builtFormFaults } from "./built-form.ts";
import { type Manifest, manifestOf, publishedFolders } from "./published-packages.ts";

interface Candidate {
  readonly folder: string;
  readonly manifest: Manifest;
  /** What the package holds, by path relative to its folder. */
  readonly files: ReadonlyMap<string, string>;
}

/** The packages are ESM only: that CommonJS and resolution of old have nothing to find is meant. */
const meant: readonly Problem["kind"][] = ["CJSResolvesToESM"];
const oldResolution = "node10";

function candidateOf(folder: string): Candidate {
  const manifest = manifestOf(folder);
  const patterns = ["package.json", ...(manifest.files ?? []).map((name) => `${name}/**/*.*`)];
  const paths = patterns.flatMap((pattern) => globSync(pattern, { cwd: folder })).toSorted();
  const files = new Map(paths.map((path) => [path, readFileSync(join(folder, path), "utf8")]));
  return { folder, manifest, files };
}

async function publintOn({ manifest, files }: Candidate): Promise<string[]> {
  const pack = {
    files: [...files].map(([name, text]) => ({ name: `/${name}`, data: Buffer.from(text) })),
  };
  const { messages } = await publint({ pkgDir: "/", pack, strict: true });
  return messages.map(
    (message) => `publint: ${manifest.name}: ${formatMessage(message, manifest) ?? message.code}`,
  );
}

async function attwOn({ manifest, files }: Candidate): Promise<string[]> {
  const { name, version } = manifest;
  const rooted = [...files].map(([path, text]) => [`/node_modules/${name}/${path}`, text]);
  const result = await checkPackage(new Package(Object.fromEntries(rooted), name, version));
  if (result.types === false) return [`attw: ${name}: has no types`];
  return result.problems.filter(isUnmeant).map((problem) => `attw: ${name}: ${textOf(problem)}`);
}

function isUnmeant(problem: Problem): boolean {
  if (meant.includes(problem.kind)) return false;
  return !("resolutionKind" in problem) || problem.resolutionKind !== oldResolution;
}

function textOf(problem: Problem): string {
  return Object.entries(problem)
    .map(([key, value]) => `${key} ${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(", ");
}

async function knipOn(folder: string): Promise<string[]> {
  const child = spawn("knip", ["--directory", folder, "--no-progress", "--no-config-hints"], {
    stdio: ["ignore", "pipe", "pipe"],
    shell: process.platform === "win32",
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (piece: Buffer) => {
      text += piece.toString();
    });
  }
  await once(child, "close");
  if (child.exitCode === 0) return [];
  return [`knip:\n${text.trim() === "" ? `ended with ${child.exitCode}` : text.trimEnd()}`];
}

/** A package with one fault for each tool. */
const brokenFiles: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({
    name: "broken",
    version: "1.0.0",
    type: "module",
    files: ["dist"],
    exports: { ".": { default: "./dist/index.js", types: "./dist/index.d.cts" } },
  }),
  "dist/index.js": "export const one = 1;\n",
  "dist/index.d.cts": "export declare const one: number;\n",
  "src/unused.ts": "export const nobody = 1;\n",
};

async function deafTools(): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "cutover-broken-package-"));
  try {
    for (const part of ["dist", "src"]) mkdirSync(join(folder, part));
    for (const [path, text] of Object.entries(brokenFiles)) writeFileSync(join(folder, path), text);
    const broken = candidateOf(folder);
    const heard = {
      publint: await publintOn(broken),
      attw: await attwOn(broken),
      knip: await knipOn(folder),
    };
    return Object.entries(heard)
      .filter(([, findings]) => findings.length === 0)
      .map(([tool]) => `${tool} found nothing wrong with a broken package: it is not working`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const root = join(import.meta.dirname, "..");
const knipFindings = knipOn(root);
const candidates = publishedFolders(root).map(candidateOf);
const findings = [await deafTools()];
for (const candidate of candidates) {
  findings.push(await publintOn(candidate), await attwOn(candidate));
}
findings.push(builtFormFaults(root), await knipFindings);
const all = findings.flat();
for (const finding of all) console.error(finding);
console.log(
  `${candidates.length} packages looked at with publint, attw and knip, and used as they are built`,
);
process.exitCode = all.length === 0 ? 0 : 1;
