import { chmodSync, lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "vitest";
import { canary } from "./canary.ts";

/** Names and modes of the files that an application has before the library comes. */
export const originals: Readonly<Record<string, number>> = {
  "settings.json": 0o640,
  "tags.json": 0o600,
};

const config = {
  database: "app.db",
  collections: [
    {
      name: "settings",
      unique: ["token"],
      fields: { token: { kind: "text" }, n: { kind: "integer" } },
    },
    { name: "tags" },
  ],
  teams: { assets: { collections: ["settings", "tags"] } },
};

/** A data folder whose values are secrets, and a config. */
export function secretFolder({ onTestFinished }: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "cutover-secrets-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "cutover.config.json"), JSON.stringify(config));
  const settings = { hf: { token: `${canary}-1`, n: 1 }, civitai: { token: `${canary}-2`, n: 2 } };
  writeFileSync(join(folder, "settings.json"), JSON.stringify(settings, null, 2));
  writeFileSync(join(folder, "tags.json"), JSON.stringify({ red: { note: canary } }));
  for (const [name, mode] of Object.entries(originals)) chmodSync(join(folder, name), mode);
  return folder;
}

/** A file of a folder. */
export interface FoundFile {
  /** Relative to the folder. */
  readonly path: string;
  readonly mode: number;
  readonly isFolder: boolean;
}

export function filesIn(folder: string): FoundFile[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => {
    const found = lstatSync(join(folder, path));
    return { path, mode: found.mode & 0o777, isFolder: found.isDirectory() };
  });
}

/** Files that somebody may open who could not open what they were made from. */
export function tooOpen(found: readonly FoundFile[]): FoundFile[] {
  return found.filter(({ path, mode }) => (mode & ~(originals[path] ?? 0o700)) !== 0);
}
