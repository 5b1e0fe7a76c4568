import { StorageError } from "@cutover/core";

/** Escapes that mean the same in both languages once the `u` flag is on. */
const sharedEscape = /^[dDwWsSbBfnrtv0-9^$\\.*+?()[\]{}|/]$/;

const classEscapes: Readonly<Record<string, string>> = {
  d: "\\p{Nd}",
  w: "[\\p{L}\\p{N}_]",
  D: "\\P{Nd}",
  W: "[^\\p{L}\\p{N}_]",
  A: "^",
  Z: "$",
};

/** Inside a class no class can be nested, so its parts are written out. */
const insideEscapes: Readonly<Record<string, string>> = {
  d: "\\p{Nd}",
  w: "\\p{L}\\p{N}_",
  D: "\\P{Nd}",
};

function escaped(character: string, isInside: boolean): string {
  const known = (isInside ? insideEscapes : classEscapes)[character];
  if (known !== undefined) return known;
  if (sharedEscape.test(character) || (isInside && character === "-")) return `\\${character}`;
  if (/[A-Za-z]/.test(character)) throw new SyntaxError(`\\${character} is not known`);
  // Python allows a backslash before any sign; here only before those that need one.
  return character;
}

/** Of what stands outside a class and means something else in JavaScript. */
const plain: Readonly<Record<string, string>> = {
  ".": "[^\\n]",
  // In Python the end is also before a line break that ends the text.
  $: "(?=\\n?$)",
  "}": "\\}",
  "]": "\\]",
};

class Translation {
  readonly #source: string;
  #at = 0;
  #result = "";

  constructor(source: string) {
    this.#source = source;
  }

  run(): string {
    while (this.#at < this.#source.length) this.#result += this.#next();
    return this.#result;
  }

  #take(): string {
    const character = this.#source[this.#at] ?? "";
    this.#at += 1;
    return character;
  }

  #next(): string {
    const character = this.#take();
    if (character === "\\") return escaped(this.#take(), false);
    if (character === "[") return this.#class();
    if (character === "(" && this.#source.startsWith("?P", this.#at)) return this.#named();
    if (character === "{") return this.#braces();
    return plain[character] ?? character;
  }

  /** A counted repetition, or a brace that stands for itself. */
  #braces(): string {
    const count = /^\d*(?:,\d*)?\}/.exec(this.#source.slice(this.#at))?.[0];
    if (count === undefined || /^,?\}$/.test(count)) return "\\{";
    this.#at += count.length;
    return `{${count.startsWith(",") ? `0${count}` : count}`;
  }

  #named(): string {
    this.#at += 2;
    const reference = /^=(\w+)(?=\))/.exec(this.#source.slice(this.#at));
    if (reference === null) return "(?";
    this.#at += reference[0].length;
    return `(?:\\k<${reference[1] ?? ""}>`;
  }

  #class(): string {
    let result = "[";
    if (this.#source[this.#at] === "^") result += this.#take();
    // A bracket that comes first stands for itself.
    if (this.#source[this.#at] === "]") result += `\\${this.#take()}`;
    for (;;) {
      const character = this.#take();
      if (character === "") throw new SyntaxError("a class has no end");
      if (character === "]") return `${result}]`;
      if (character === "\\") result += escaped(this.#take(), true);
      else result += character === "[" ? "\\[" : character;
    }
  }
}

/**
 * A Python regular expression for `re.match` with `re.IGNORECASE`: bound to the beginning of the
 * text alone, `.` anything but a line feed, `$` also before a last line feed. Look-arounds,
 * groups, classes and repetitions are taken over; what JavaScript has no word for is refused.
 *
 * @param name - how the message calls the pattern
 * @throws StorageError CORRUPT_DATA when it is no regular expression
 */
export function pythonPattern(source: string, name: string): RegExp {
  try {
    return new RegExp(`^(?:${new Translation(source).run()})`, "iu");
  } catch (cause) {
    throw new StorageError("CORRUPT_DATA", `${name} is no regular expression; mend it`, { cause });
  }
}
