import { isStorageError, type CollectionDefinition, type Replica } from "@cutover/core";
import { within } from "../shadow/within.ts";
import type { Unit } from "../unit/unit.ts";
import { gone, type WrittenStores } from "../write/missing-source.ts";
import type { Route, Sides } from "./route.ts";

/** For so long the mirror is waited for. Milliseconds. */
const patienceMs = 1000;
/** A mirror that did not answer is not asked again for so long. Milliseconds. */
const silenceMs = 5000;

/** What was asked for something. */
export interface Asked {
  readonly unit: Unit;
  readonly collection: CollectionDefinition;
}

/** Nothing found, nothing counted: all that can be said of a collection whose file is not there. */
function isEmpty(answer: unknown): boolean {
  if (answer === undefined || answer === 0) return true;
  if (Array.isArray(answer)) return answer.length === 0 || isNoTotal(answer[0]);
  return answer instanceof Map && answer.size === 0;
}

/** Figures of no record at all: they come as one row. A record, which has a key, is none. */
function isNoTotal(row: unknown): boolean {
  if (typeof row !== "object" || row === null) return false;
  return "group" in row && "count" in row && row.count === 0;
}

/**
 * Looks twice at answers that find nothing: a file that somebody deleted reads as an empty
 * collection, and the mirror knows better. Whatever finds something was read from a file.
 */
export class EmptyAnswers {
  private readonly replicas: Sides<Replica>;
  private readonly asking = new Map<CollectionDefinition, Promise<boolean>>();
  private silentUntilMs = -Infinity;

  constructor(replicas: Sides<Replica>) {
    this.replicas = replicas;
  }

  /**
   * @returns undefined where the answer can be believed at once; else whether to ask once more,
   *   because the file is back
   * @throws StorageError DIVERGED where the collection is missing and the mirror has records of it
   */
  check(answer: unknown, asked: Asked, route: Route): Promise<boolean> | undefined {
    return isEmpty(answer) ? this.checkPresent(asked, route) : undefined;
  }

  private checkPresent(
    { unit, collection }: Asked,
    { authority, mirror }: Route,
  ): Promise<boolean> | undefined {
    if (mirror === undefined || authority.holds?.(collection) !== false) return undefined;
    const known = this.asking.get(collection);
    if (known !== undefined) return known;
    // A mirror in trouble must not make every read of a collection that never was wait for it.
    if (performance.now() < this.silentUntilMs) return undefined;
    const stores = { authority, mirror: this.replicas[mirror] };
    const answer = this.ask({ unit, collection }, stores).finally(() =>
      this.asking.delete(collection),
    );
    this.asking.set(collection, answer);
    return answer;
  }

  private async ask(
    { unit, collection }: Asked,
    { authority, mirror }: WrittenStores,
  ): Promise<boolean> {
    const held = await this.sizeAt(mirror, collection);
    // Made, or put back, since it was looked for: what it holds is the answer.
    if (authority.holds?.(collection) !== false) return true;
    if (held > 0) throw gone(unit, collection, "what it held cannot be told");
    return false;
  }

  /** The mirror's trouble never fails a reader. */
  private async sizeAt(mirror: Replica, collection: CollectionDefinition): Promise<number> {
    try {
      return await within(patienceMs, mirror.size(collection));
    } catch (error) {
      if (!isStorageError(error)) throw error;
      this.silentUntilMs = performance.now() + silenceMs;
      return 0;
    }
  }
}
