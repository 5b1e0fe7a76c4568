import * as fc from "fast-check";
import { badBytes, mark, valueFaults } from "./faults.ts";

/** A broken file, and where whoever reads it must be told to look. */
export interface BrokenFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly offset: number;
}

/** In all texts of the files but names, which messages may tell. */
export const canary = "S3CRET";

type Tree = number | boolean | null | string | readonly Tree[] | { readonly [name: string]: Tree };

interface Style {
  readonly indent: string;
  readonly lineEnd: string;
  readonly colon: string;
  readonly hasMark: boolean;
}

const name = fc
  .tuple(fc.constantFrom("", "é", "😀", "日本", 'a"b', "\\", "\n"), fc.nat(99))
  .map(([strange, n]) => `${strange}${n}`);
const text = name.map((plain) => `${canary}${plain}`);
const leaf = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), text);
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3, withCrossShrink: false },
    leaf,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(name, tie("tree"), { maxKeys: 3 }),
  ),
}));
const record = fc.dictionary(name, tree, { minKeys: 1, maxKeys: 4 });
const documents = fc.dictionary(name, record, { minKeys: 1, maxKeys: 5 });
const styles: fc.Arbitrary<Style> = fc.record({
  indent: fc.constantFrom("", "  ", "\t", "    "),
  lineEnd: fc.constantFrom("\n", "\r\n"),
  colon: fc.constantFrom(":", ": ", " : "),
  hasMark: fc.boolean(),
});

/** The same files for the same seed. */
export function brokenFiles(count: number, seed: number): BrokenFile[] {
  const samples = fc.sample(fc.tuple(documents, styles, fc.nat()), { numRuns: count, seed });
  const makers = [
    ...valueFaults.map((fault) => faulty(fault)),
    ...badBytes.map((bytes) => illFormed(bytes)),
    cutOff,
    cutOff,
    cutOff,
  ];
  return samples.flatMap(([document, style, choice], index) => {
    const make = makers[index % makers.length];
    return make === undefined ? [] : [make(document, style, choice)];
  });
}

type Maker = (document: Tree, style: Style, choice: number) => BrokenFile;

/** Puts a fault in the place of one value below the records. */
function faulty(fault: string): Maker {
  return (document, style, choice) => {
    const writer = new Writer(style, choice % leavesIn(document), fault);
    const marked = Buffer.from(writer.file(document));
    return { name: JSON.stringify(fault), ...unmarked(marked) };
  };
}

function illFormed(bad: readonly number[]): Maker {
  return (document, style, choice) => {
    const { bytes, offset, name } = faulty(`"ab${mark}"`)(document, style, choice);
    const whole = [bytes.subarray(0, offset), Buffer.from(bad), bytes.subarray(offset)];
    return { name: `${name} with ${bad.join()}`, bytes: Buffer.concat(whole), offset };
  };
}

/** A file that ends anywhere inside its outermost braces. */
function cutOff(document: Tree, style: Style, choice: number): BrokenFile {
  const whole = Buffer.from(new Writer(style, -1, "").file(document));
  const first = whole.indexOf("{") + 1;
  const last = whole.lastIndexOf("}");
  const cut = first + (choice % (last - first + 1));
  let offset = cut;
  // A cut inside a character is reported where the character begins.
  while (((whole[offset] ?? 0) & 0xc0) === 0x80) offset -= 1;
  return { name: `cut at ${cut}`, bytes: whole.subarray(0, cut), offset };
}

function unmarked(marked: Buffer): { readonly bytes: Buffer; readonly offset: number } {
  const offset = marked.indexOf(mark);
  const rest = marked.subarray(offset + Buffer.byteLength(mark));
  return { bytes: Buffer.concat([marked.subarray(0, offset), rest]), offset };
}

const isLeaf = (value: Tree): boolean => typeof value !== "object" || value === null;
const below = (value: Tree): readonly Tree[] =>
  typeof value === "object" && value !== null ? Object.values(value) : [];

/** Values that a fault can stand for: all but the document and its records. */
function leavesIn(document: Tree): number {
  const count = (value: Tree): number =>
    1 + (isLeaf(value) ? 0 : below(value).reduce<number>((sum, one) => sum + count(one), 0));
  return below(document).reduce<number>((sum, one) => sum + count(one) - 1, 0);
}

/** Writes JSON in a style, with a fault in the place of the n-th value below the records. */
class Writer {
  readonly #style: Style;
  readonly #fault: string;
  #remaining: number;

  constructor(style: Style, place: number, fault: string) {
    this.#style = style;
    this.#remaining = place;
    this.#fault = fault;
  }

  file(document: Tree): string {
    return `${this.#style.hasMark ? "\ufeff" : ""}${this.#value(document, 0)}`;
  }

  #value(value: Tree, depth: number): string {
    if (depth > 1 && this.#remaining-- === 0) return this.#fault;
    if (typeof value !== "object" || value === null) return JSON.stringify(value);
    const { indent, lineEnd, colon } = this.#style;
    const [open, close] = Array.isArray(value) ? "[]" : "{}";
    const names = Array.isArray(value) ? undefined : Object.keys(value);
    const parts = below(value).map((one, index) => {
      const name = names?.[index];
      const label = name === undefined ? "" : `${JSON.stringify(name)}${colon}`;
      return label + this.#value(one, depth + 1);
    });
    const line = indent === "" ? "" : lineEnd + indent.repeat(depth + 1);
    const end = indent === "" || parts.length === 0 ? "" : lineEnd + indent.repeat(depth);
    return `${open}${parts.map((part) => line + part).join(",")}${end}${close}`;
  }
}
