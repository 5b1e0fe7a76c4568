import type { CollectionDefinition, JsonValue } from "@cutover/core";
import { rawMember } from "./naive-field.ts";

const letter = /^[\p{L}\p{N}]$/u;
const mark = /^\p{M}$/u;
const spaceless = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]$/u;

/** Words of a text: folded, lowered, cut at all but letters and digits; each CJK sign a word. */
export function wordsOf(text: string): string[] {
  const unmarked = Array.from(text.normalize("NFKD"))
    .filter((sign) => !mark.test(sign))
    .join("");
  const words: string[] = [];
  let word = "";
  const end = (): void => {
    if (word !== "") words.push(word);
    word = "";
  };
  for (const sign of unmarked.toLowerCase()) {
    if (spaceless.test(sign) || !letter.test(sign)) end();
    if (spaceless.test(sign)) words.push(sign);
    else if (letter.test(sign)) word += sign;
  }
  end();
  return words;
}

/** Whether the searched members hold every word; the last one perhaps as a beginning. */
export function hasWords(
  definition: CollectionDefinition,
  value: JsonValue,
  { words, prefix }: { readonly words: readonly string[]; readonly prefix: boolean },
): boolean {
  const there = definition.search.flatMap((field) => {
    const raw = rawMember(value, field.member);
    return typeof raw === "string" ? wordsOf(raw) : [];
  });
  return words.every((word, index) =>
    there.some((one) =>
      prefix && index === words.length - 1 ? one.startsWith(word) : one === word,
    ),
  );
}
