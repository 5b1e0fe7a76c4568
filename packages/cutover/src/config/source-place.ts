import { placeAt, type TextPlace } from "../state/placed-json.ts";

/** The text as a pattern that matches it and nothing else; RegExp.escape needs Node 24. */
export function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}

/** The source with its comments blanked out, so that offsets stay what they are. */
function withoutComments(source: string): string {
  const comments =
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|\/\/.*|\/\*[^]*?\*\//g;
  return source.replaceAll(comments, (found, text?: string) =>
    text === undefined ? found.replaceAll(/[^\n]/g, " ") : found,
  );
}

/**
 * Where an option such as `sqlite.synchronous` is written in a config's source: its first parts
 * are looked for in turn, each behind the one before. Source is not understood, only searched, so
 * a config that computes its options may show no place.
 */
export function placeOfOption(source: string, path: string): TextPlace | undefined {
  const text = withoutComments(source);
  let at = 0;
  for (const part of path.split(".")) {
    const name = literally(part);
    const member = new RegExp(`(?<![\\w$.])(?:${name}|"${name}"|'${name}')\\s*[:,}(]`, "g");
    member.lastIndex = at;
    const found = member.exec(text);
    if (found === null) return undefined;
    at = found.index;
  }
  return placeAt(source, at);
}
