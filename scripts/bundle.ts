// Writes the JavaScript of the packages: one file for each entry point, the parts that several of
// them share, and what is loaded late. `tsc -b` writes their types into the same folders.
import { globSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import {
  type CodeSplittingGroup,
  type InputOptions,
  type OutputChunk,
  type OutputOptions,
  rolldown,
  type RolldownOutput,
} from "rolldown";
import { bundledFolders } from "./bundled-folders.ts";
import { type Manifest, manifestOf } from "./published-packages.ts";

/**
 * Only what lies in the package comes into its files: there must be one `@cutover/core`. A path is
 * no name, not even with a drive's letter before it.
 */
const bareName = /^(?![./]|[A-Za-z]:[\\/])/;

/**
 * Every file is looked for, read and compiled by itself, which costs more than some lines too many
 * in another one: small parts join the one whose users are most alike. What is loaded late stays so.
 */
const sharedParts: CodeSplittingGroup = {
  name: "shared",
  tags: ["$initial"],
  minShareCount: 2,
  entriesAware: true,
  entriesAwareMergeThreshold: 20000,
};

/** Sources of the entry points by where they go, relative to `dist` and without their endings. */
function entriesOf({ exports = {}, bin = {} }: Manifest): Record<string, string> {
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === "string" ? [] : [target.default],
  );
  const names = [...targets, ...Object.values(bin)].map((path) =>
    path.replace(/^\.\/dist\/(.+)\.js$/, "$1"),
  );
  return Object.fromEntries(names.map((name) => [name, `src/${name}.ts`]));
}

async function bundle(folder: string): Promise<void> {
  const manifest = manifestOf(folder);
  const dist = join(folder, "dist");
  const options: InputOptions = {
    cwd: folder,
    input: entriesOf(manifest),
    external: bareName,
    platform: "node",
    tsconfig: false,
    transform: { target: "es2024" },
    onLog: (_level, { message }) => {
      throw new Error(`${manifest.name}: ${message}`);
    },
  };
  for (const old of globSync("**/*.js{,.map}", { cwd: dist })) rmSync(join(dist, old));
  // Minified they would load no faster, and errors would point at lines nobody can read.
  const output = await written(options, {
    dir: dist,
    chunkFileNames: ({ name }) => `parts/${name.split("~")[0]}.js`,
    codeSplitting: { groups: [sharedParts] },
    sourcemap: true,
    // They are published beside it.
    sourcemapExcludeSources: true,
    minify: false,
  });
  const chunks = output.filter((file) => file.type === "chunk");
  checkImports(manifest, chunks);
  const size = chunks.reduce((sum, { code }) => sum + code.length, 0);
  console.log(`${manifest.name}: ${chunks.length} files, ${Math.ceil(size / 1024)} KB`);
}

async function written(from: InputOptions, to: OutputOptions): Promise<RolldownOutput["output"]> {
  const build = await rolldown(from);
  try {
    return (await build.write(to)).output;
  } finally {
    await build.close();
  }
}

/** Nothing may be imported that whoever installs the package does not get with it. */
function checkImports(manifest: Manifest, chunks: readonly OutputChunk[]): void {
  const own = new Set(chunks.map(({ fileName }) => fileName));
  const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const strangers = chunks
    .flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])
    .filter((name) => !own.has(name) && !isBuiltin(name))
    .filter((name) => !declared.some((known) => name === known || name.startsWith(`${known}/`)));
  if (strangers.length > 0) {
    throw new Error(`${manifest.name} imports, but does not depend on: ${strangers.join(", ")}`);
  }
}

const root = join(import.meta.dirname, "..");
for (const folder of bundledFolders(root)) await bundle(folder);
