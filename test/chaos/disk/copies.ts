import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

const root = new URL("../../../", import.meta.url).href;
const adapterSource = `${root}adapters/json/src/`;
const faces: Readonly<Record<string, string>> = {
  "node:fs": new URL("fs-face.ts", import.meta.url).href,
  "node:fs/promises": new URL("fs-promises-face.ts", import.meta.url).href,
};

/** A change to one file of the adapter's source, to see whether it would be noticed. */
export interface SourceChange {
  /** Relative to `adapters/json/src`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** The boot id that a copy's `?copy=` stands for: another copy is another boot of the machine. */
export function bootOfCopy(url: string): string {
  const copy = new URL(url).searchParams.get("copy") ?? "";
  return createHash("sha256").update(copy).digest("hex").slice(0, 32);
}

/**
 * Lets the JSON adapter be loaded in copies that run on the model disk: `import` its files with
 * `?copy=NAME`. Each copy is a process of its own as far as the adapter can tell.
 * @param changes taken into the source of the copies named
 */
export function allowCopies(changes: Readonly<Record<string, readonly SourceChange[]>> = {}): void {
  registerHooks({
    resolve(specifier, context, next) {
      const copy = copyOf(context.parentURL);
      if (copy === undefined) return next(specifier, context);
      const face = faces[specifier];
      if (face !== undefined) return { url: `${face}?copy=${copy}`, shortCircuit: true };
      const found = next(specifier, context);
      if (!found.url.startsWith(adapterSource)) return found;
      return { ...found, url: `${found.url}?copy=${copy}` };
    },
    load(url, context, next) {
      const loaded = next(url, context);
      const file = url.split("?")[0]?.slice(adapterSource.length) ?? "";
      const wanted = (changes[copyOf(url) ?? ""] ?? []).filter((change) => change.file === file);
      if (wanted.length === 0) return loaded;
      let text = readFileSync(new URL(url), "utf8");
      for (const { from, to } of wanted) {
        if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
        text = text.replace(from, to);
      }
      return { ...loaded, source: text };
    },
  });
}

/** Undefined for anything but a file of the adapter that was asked for as a copy. */
function copyOf(url: string | undefined): string | undefined {
  if (url === undefined || !url.startsWith(adapterSource)) return undefined;
  return new URL(url).searchParams.get("copy") ?? undefined;
}
