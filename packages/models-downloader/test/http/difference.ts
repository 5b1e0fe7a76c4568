import { isJsonObject, type JsonValue } from "@cutover/core";
import type { BackendKind } from "cutover";

/** Something that a replay may answer otherwise than the recording, at exactly one place. */
export interface Allowed {
  /** Number of the exchange, or name of the file. */
  readonly at: number | string;
  /** Such as `$.metadata.cached_at`. */
  readonly path: string;
  readonly reason: string;
  /** Default: both. */
  readonly kind?: BackendKind;
  /** What ours must look like, as JSON. */
  readonly like: RegExp;
}

/** A place where two values differ. */
export interface Different {
  readonly path: string;
  readonly recorded: JsonValue | undefined;
  readonly ours: JsonValue | undefined;
}

const memberPath = (path: string, member: string): string =>
  /^[A-Za-z_]\w*$/.test(member) ? `${path}.${member}` : `${path}[${JSON.stringify(member)}]`;

/** Every place where two values differ; the order of an object's members counts as its content. */
export function* differences(
  recorded: JsonValue | undefined,
  ours: JsonValue | undefined,
  path: string = "$",
): Generator<Different> {
  if (Array.isArray(recorded) && Array.isArray(ours) && recorded.length === ours.length) {
    for (const [index, item] of recorded.entries())
      yield* differences(item, ours[index], `${path}[${index}]`);
    return;
  }
  if (isJsonObject(recorded) && isJsonObject(ours)) {
    const names = Object.keys(recorded);
    if (names.join("\0") !== Object.keys(ours).join("\0")) {
      yield { path: `${path} (members)`, recorded: names, ours: Object.keys(ours) };
      return;
    }
    for (const name of names)
      yield* differences(recorded[name], ours[name], memberPath(path, name));
    return;
  }
  if (JSON.stringify(recorded) !== JSON.stringify(ours)) yield { path, recorded, ours };
}

/** Counts how often every allowed difference is used. */
export class AllowedDifferences {
  readonly #uses: Map<Allowed, number>;

  constructor(all: readonly Allowed[], kind: BackendKind) {
    const here = all.filter((one) => one.kind === undefined || one.kind === kind);
    this.#uses = new Map(here.map((one) => [one, 0]));
  }

  /** @returns what differs and may not, in words */
  check(at: number | string, found: Iterable<Different>): string[] {
    return Array.from(found).flatMap(({ path, recorded, ours }) => {
      const text = JSON.stringify(ours) ?? "nothing";
      const entry = [...this.#uses.keys()].find(
        (one) => one.at === at && one.path === path && one.like.test(text),
      );
      if (entry !== undefined) this.#uses.set(entry, (this.#uses.get(entry) ?? 0) + 1);
      const was = JSON.stringify(recorded) ?? "nothing";
      return entry === undefined
        ? [`${at} ${path}: recorded ${was.slice(0, 200)}, ours ${text.slice(0, 200)}`]
        : [];
    });
  }

  /** Entries that were not used exactly once: a list must not outlive its reasons. */
  unused(): string[] {
    return [...this.#uses]
      .filter(([, uses]) => uses !== 1)
      .map(([{ at, path }, uses]) => `${at} ${path}: ${uses} uses`);
  }

  get count(): number {
    return this.#uses.size;
  }
}
