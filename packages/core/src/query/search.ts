import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { memberOf } from "../definition/member.ts";
import type { JsonValue } from "../values/json.ts";

/** What a full-text query asks for: every token must occur. */
export interface SearchTerms {
  readonly tokens: readonly string[];
  /** The last token may also be the beginning of a longer one. */
  readonly prefix: boolean;
}

/** Scripts written without spaces: each character is a token of its own. */
const tokenPattern =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{N}])+/gu;

/**
 * Cuts text into search tokens: compatibility forms and accents are folded away (NFKD without
 * combining marks), letters are lowered, and what is left is cut into runs of letters and digits.
 * This is the one definition; adapters index its result and never tokenise themselves.
 */
export function tokenise(source: string): string[] {
  return (
    source
      .normalize("NFKD")
      .replace(/\p{M}+/gu, "")
      .toLowerCase()
      .match(tokenPattern) ?? []
  );
}

/** The tokens of all searched members of a record, separated by spaces, as adapters index them. */
export function searchText(definition: CollectionDefinition, value: JsonValue): string {
  const tokens: string[] = [];
  for (const field of definition.search) {
    const found = memberOf(value, field.member);
    if (typeof found === "string") tokens.push(...tokenise(found));
  }
  return tokens.join(" ");
}

/** True when a record's tokens (as {@link searchText} gives them) hold all that was asked for. */
export function matchesTerms(terms: SearchTerms, indexed: string): boolean {
  const padded = ` ${indexed} `;
  const last = terms.tokens.length - 1;
  return terms.tokens.every((token, index) =>
    padded.includes(terms.prefix && index === last ? ` ${token}` : ` ${token} `),
  );
}
