import { isJsonObject, type JsonArray, type JsonObject, type JsonValue } from "@cutover/core";
import { type ContainerItem, containerItems } from "./container.ts";
import { deepEqual } from "./deep-equal.ts";
import type { DocumentFormat } from "./format.ts";
import { placeInside, type WritePlace, writeText, writeValue } from "./value-writer.ts";

/** What a changed value replaces. */
export interface PreviousValue {
  /** Exactly the bytes of the value. */
  readonly bytes: Buffer;
  readonly value: JsonValue;
}

/** One item of the new container: the old item whose bytes it keeps, if any, and its new text. */
interface NextItem {
  readonly old: ContainerItem | undefined;
  /** Index of `old` among the old items; -1 for a new one. */
  readonly index: number;
  readonly text: string;
}

/** The white space and punctuation a container uses, for the items that join it. */
interface ContainerStyle {
  readonly openGap: string;
  readonly separator: string;
  readonly closeGap: string;
  readonly colon: string;
  readonly inside: WritePlace;
}

function isObjectLikeIndex(name: string): boolean {
  return /^(?:0|[1-9]\d{0,9})$/.test(name) && Number(name) < 4_294_967_295;
}

class ContainerEdit {
  readonly #bytes: Buffer;
  readonly #items: readonly ContainerItem[];
  readonly #place: WritePlace;
  readonly #style: ContainerStyle;

  constructor(bytes: Buffer, place: WritePlace) {
    this.#bytes = bytes;
    this.#items = containerItems(bytes);
    this.#place = place;
    this.#style = this.#findStyle();
  }

  object(previous: JsonObject, next: JsonObject): string {
    const old = new Map(this.#items.map((item, index) => [item.name ?? "", index]));
    return this.#assemble(
      this.#nextNames(Object.keys(next)).map((name) => {
        const index = old.get(name) ?? -1;
        const value = next[name] ?? null;
        const item = this.#items[index];
        if (item === undefined) return { old: item, index, text: this.#newMember(name, value) };
        const head = this.#slice(item.start, item.valueStart);
        return { old: item, index, text: head + this.#value(item, previous[name] ?? null, value) };
      }),
    );
  }

  array(previous: JsonArray, next: JsonArray): string {
    const shared = Math.min(previous.length, next.length);
    let front = 0;
    while (front < shared && deepEqual(previous[front] ?? null, next[front] ?? null)) front += 1;
    let back = 0;
    while (
      back < shared - front &&
      deepEqual(previous.at(-1 - back) ?? null, next.at(-1 - back) ?? null)
    ) {
      back += 1;
    }
    const shift = previous.length - next.length;
    return this.#assemble(
      next.map((value, at) => {
        const fromBack = at >= next.length - back;
        const index = fromBack ? at + shift : at < previous.length - back ? at : -1;
        const item = this.#items[index];
        if (item === undefined) return { old: item, index: -1, text: this.#newValue(value) };
        return { old: item, index, text: this.#value(item, previous[index] ?? null, value) };
      }),
    );
  }

  /**
   * The names of the new object in file order. Members that stay keep their place where that gives
   * the order asked for; integer-like names are sorted by JavaScript anyway and stay where they are.
   */
  #nextNames(names: readonly string[]): string[] {
    const wanted = new Set(names);
    const known = new Set(this.#items.map((item) => item.name ?? ""));
    const kept = this.#items.map((item) => item.name ?? "").filter((name) => wanted.has(name));
    const ordered = names.filter((name) => known.has(name) && !isObjectLikeIndex(name));
    const keptOrder = kept.filter((name) => !isObjectLikeIndex(name));
    if (ordered.some((name, index) => name !== keptOrder[index])) return [...names];
    const result = kept;
    let previous: string | undefined;
    for (const name of names) {
      const isIndex = isObjectLikeIndex(name);
      if (!known.has(name)) {
        const after = isIndex ? result.length - 1 : result.indexOf(previous ?? "");
        const first = previous === undefined && !isIndex;
        result.splice(first ? this.#firstPlain(result) : after + 1, 0, name);
      }
      if (!isIndex) previous = name;
    }
    return result;
  }

  #firstPlain(names: readonly string[]): number {
    const at = names.findIndex((name) => !isObjectLikeIndex(name));
    return at < 0 ? names.length : at;
  }

  #value(item: ContainerItem, previous: JsonValue, next: JsonValue): string {
    const bytes = this.#bytes.subarray(item.valueStart, item.end);
    return rewrite({ bytes, value: previous }, next, this.#style.inside);
  }

  #newValue(value: JsonValue): string {
    return writeValue(value, this.#style.inside);
  }

  #newMember(name: string, value: JsonValue): string {
    return writeText(name, this.#place.format) + this.#style.colon + this.#newValue(value);
  }

  #assemble(next: readonly NextItem[]): string {
    const { openGap, separator, closeGap } = this.#style;
    const open = this.#slice(0, 1);
    const close = this.#slice(this.#bytes.length - 1, this.#bytes.length);
    if (next.length === 0) return open + close;
    let text = open + openGap;
    let before: NextItem | undefined;
    for (const item of next) {
      if (before !== undefined) text += this.#separatorBefore(item) ?? separator;
      text += item.text;
      before = item;
    }
    return text + closeGap + close;
  }

  #separatorBefore({ old, index }: NextItem): string | undefined {
    const neighbour = this.#items[index - 1];
    return old === undefined || neighbour === undefined
      ? undefined
      : this.#slice(neighbour.end, old.start);
  }

  #findStyle(): ContainerStyle {
    const [first, second] = this.#items;
    const openGap = this.#slice(1, first?.start ?? this.#bytes.length - 1);
    const isInline = !openGap.includes("\n");
    const { format } = this.#place;
    const separator =
      first === undefined || second === undefined
        ? `,${isInline ? format.itemSeparator : openGap}`
        : this.#slice(first.end, second.start);
    const inside = placeInside(this.#place, isInline);
    const indentation = isInline
      ? inside.indentation
      : openGap.slice(openGap.lastIndexOf("\n") + 1);
    return {
      openGap,
      separator,
      closeGap: this.#slice(this.#items.at(-1)?.end ?? 1, this.#bytes.length - 1),
      colon: this.#colonOf(first),
      inside: { ...inside, indentation },
    };
  }

  #colonOf(item: ContainerItem | undefined): string {
    if (item?.name === undefined) return "";
    const head = this.#slice(item.start, item.valueStart);
    return head.slice(head.lastIndexOf('"') + 1);
  }

  #slice(from: number, to: number): string {
    return this.#bytes.toString("utf8", from, to);
  }
}

function rewrite(previous: PreviousValue, next: JsonValue, place: WritePlace): string {
  if (deepEqual(previous.value, next)) return previous.bytes.toString("utf8");
  const { value } = previous;
  if (Array.isArray(value) && Array.isArray(next) && value.length > 0) {
    return new ContainerEdit(previous.bytes, place).array(value, next);
  }
  if (isJsonObject(value) && isJsonObject(next) && Object.keys(value).length > 0) {
    return new ContainerEdit(previous.bytes, place).object(value, next);
  }
  return writeValue(next, place);
}

/**
 * The bytes of `next` where `previous` stood. What is equal in both keeps its exact bytes, number
 * spellings and white space included; only changed leaves, new members and removed ones differ.
 * New members follow the style of their siblings.
 */
export function reformat(
  previous: PreviousValue,
  next: JsonValue,
  place: { readonly format: DocumentFormat; readonly depth: number; readonly indentation?: string },
): Buffer {
  const { format, depth } = place;
  const indentation = place.indentation ?? format.indent.repeat(depth);
  const text = rewrite(previous, next, { format, depth, indentation, isInline: false });
  return Buffer.from(text, "utf8");
}
