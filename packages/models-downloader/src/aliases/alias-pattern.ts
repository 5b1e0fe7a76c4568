import { isJsonObject, type JsonValue, StorageError } from "@cutover/core";
import { pythonPattern } from "./python-pattern.ts";

/** A rule that makes a plainer name of one that matches. */
export interface AliasPattern {
  /** @returns undefined when the name does not match */
  apply(name: string): string | undefined;
}

const builtInSources: readonly string[] = [
  String.raw`(.+)[-_]?fp16\.safetensors$`,
  String.raw`(.+)[-_]?fp8\.safetensors$`,
  String.raw`(.+)[-_]?bf16\.safetensors$`,
  String.raw`(.+)[-_]?pruned\.safetensors$`,
  String.raw`(.+)[-_]?ema\.safetensors$`,
  String.raw`(.+)_v\d+\.safetensors$`,
];
const builtInBase = "$1.safetensors";

function compile(source: string, base: string, name: string): AliasPattern {
  const pattern = pythonPattern(source, name);
  return {
    apply: (text) => {
      const match = pattern.exec(text);
      // A function, because `$` in what was matched must not mean anything.
      return match === null ? undefined : base.replaceAll("$1", () => match[1] ?? "");
    },
  };
}

/** The rules for a folder without any document. */
export function builtInPatterns(): AliasPattern[] {
  return builtInSources.map((source, index) =>
    compile(source, builtInBase, `built-in alias pattern ${index + 1}`),
  );
}

/**
 * The rules of a document's `patterns`, in their order; none where there are none.
 * @throws StorageError CORRUPT_DATA naming the first that cannot be used
 */
export function aliasPatterns(patterns: JsonValue | undefined): AliasPattern[] {
  if (patterns === undefined) return [];
  const items: readonly JsonValue[] | undefined = Array.isArray(patterns) ? patterns : undefined;
  if (items === undefined)
    throw new StorageError("CORRUPT_DATA", "model aliases: `patterns` is no list; mend it");
  return items.map((item, index) => {
    const name = `model aliases: pattern ${index + 1}`;
    const { pattern, base } = isJsonObject(item) ? item : {};
    if (typeof pattern === "string" && typeof base === "string")
      return compile(pattern, base, name);
    throw new StorageError("CORRUPT_DATA", `${name} has no \`pattern\` and \`base\`; mend it`);
  });
}
