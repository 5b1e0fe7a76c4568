import { setMember, type JsonObject, type JsonValue } from "@cutover/core";

/** Where in a text something stands; line and column from 1. */
export interface TextPlace {
  /** In bytes, as the text stands in a UTF-8 file. */
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A fault of the grammar. */
export interface JsonFault extends TextPlace {
  readonly message: string;
}

/** A small JSON text, read together with the place of every member. */
export type PlacedJson =
  | { readonly fault: JsonFault }
  | {
      readonly fault?: never;
      readonly value: JsonValue;
      /** The place of a path such as `$.originals[2].file`; of its nearest ancestor where it is absent. */
      readonly placeOf: (path: string) => TextPlace;
    };

const deepest = 100;
const space = /[ \t\n\r]*/y;
// Control characters are exactly what JSON forbids inside a string.
// oxlint-disable-next-line no-control-regex
const string = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const scalar = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;

class Fault extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

class Reader {
  readonly places = new Map<string, number>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.startsWith("\uFEFF")) this.#at = 1;
  }

  document(): JsonValue {
    const value = this.#value("$", 0);
    this.#skip(space);
    if (this.#at < this.#text.length) throw this.#fault("something follows after the end");
    return value;
  }

  #value(path: string, depth: number): JsonValue {
    this.#skip(space);
    if (!this.places.has(path)) this.places.set(path, this.#at);
    if (depth > deepest) throw this.#fault(`nested deeper than ${deepest} levels`);
    const next = this.#text[this.#at];
    if (next === "{") return this.#object(path, depth);
    if (next === "[") return this.#array(path, depth);
    const token = next === '"' ? this.#take(string) : this.#take(scalar);
    if (token === undefined) throw this.#fault("a JSON value is expected here");
    const value: unknown = JSON.parse(token);
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
      ? value
      : null;
  }

  #object(path: string, depth: number): JsonObject {
    const object: JsonObject = {};
    this.#at += 1;
    for (let first = true; !this.#closes("}", first); first = false) {
      this.#skip(space);
      const start = this.#at;
      const name = this.#take(string);
      if (name === undefined) throw this.#fault("a member name in double quotes is expected here");
      const member = String(JSON.parse(name));
      if (Object.hasOwn(object, member)) {
        throw new Fault("this member appears twice in its object", start);
      }
      this.#skip(space);
      if (this.#text[this.#at] !== ":") throw this.#fault("`:` is expected here");
      this.#at += 1;
      this.places.set(`${path}.${member}`, start);
      setMember(object, member, this.#value(`${path}.${member}`, depth + 1));
    }
    return object;
  }

  #array(path: string, depth: number): JsonValue[] {
    const array: JsonValue[] = [];
    this.#at += 1;
    for (let first = true; !this.#closes("]", first); first = false) {
      array.push(this.#value(`${path}[${array.length}]`, depth + 1));
    }
    return array;
  }

  /** Passes the comma between two items, or the bracket behind the last one. */
  #closes(bracket: string, isFirst: boolean): boolean {
    this.#skip(space);
    const next = this.#text[this.#at];
    if (next === bracket || (!isFirst && next === ",")) {
      this.#at += 1;
      return next === bracket;
    }
    if (!isFirst) throw this.#fault(`\`,\` or \`${bracket}\` is expected here`);
    return false;
  }

  #skip(pattern: RegExp): void {
    this.#take(pattern);
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #fault(message: string): Fault {
    const ended = this.#at >= this.#text.length ? "the file ends too early: " : "";
    return new Fault(`${ended}${message}`, this.#at);
  }
}

/** The place of an index into a text. */
export function placeAt(text: string, index: number): TextPlace {
  const before = text.slice(0, index);
  const line = before.split("\n").length;
  const column = Array.from(before.slice(before.lastIndexOf("\n") + 1)).length + 1;
  return { offset: Buffer.byteLength(before), line, column };
}

/** Reads a small JSON text; V8's own messages would quote the file and often name no place. */
export function readPlacedJson(text: string): PlacedJson {
  const reader = new Reader(text);
  let value: JsonValue;
  try {
    value = reader.document();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { fault: { ...placeAt(text, error.offset), message: error.message } };
  }
  const placeOf = (path: string): TextPlace => {
    let known = path;
    while (!reader.places.has(known) && known !== "$") known = known.replace(/[.[][^.[]*$/, "");
    return placeAt(text, reader.places.get(known) ?? 0);
  };
  return { value, placeOf };
}
