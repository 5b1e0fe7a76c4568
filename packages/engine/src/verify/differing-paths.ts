import { formatPath, isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";
import { sameContent } from "./same-content.ts";

/** Paths that a mismatch names at most. */
export const mostPaths = 10;

type Step = string | number;

interface Pair {
  readonly left: JsonValue | undefined;
  readonly right: JsonValue | undefined;
}

/** Collects the innermost places at which two values differ. */
class PathCollector {
  readonly paths: string[] = [];
  private readonly trail: Step[] = [];

  private get isFull(): boolean {
    return this.paths.length >= mostPaths;
  }

  private add(): void {
    if (!this.isFull) this.paths.push(formatPath(this.trail));
  }

  compare({ left, right }: Pair): void {
    if (this.isFull) return;
    if (left === undefined || right === undefined) {
      if (left !== right) this.add();
      return;
    }
    if (sameContent(left, right)) return;
    if (Array.isArray(left) && Array.isArray(right)) {
      const length = Math.max(left.length, right.length);
      for (let index = 0; index < length; index++)
        this.step(index, { left: left[index], right: right[index] });
    } else if (isJsonObject(left) && isJsonObject(right)) this.members(left, right);
    else this.add();
  }

  private members(left: JsonObject, right: JsonObject): void {
    const before = this.paths.length;
    for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
      this.step(name, { left: memberOf(left, name), right: memberOf(right, name) });
    }
    // The same members with the same content in another order: the object itself is the place.
    if (this.paths.length === before) this.add();
  }

  private step(step: Step, pair: Pair): void {
    if (this.isFull) return;
    this.trail.push(step);
    this.compare(pair);
    this.trail.pop();
  }
}

function memberOf(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Where two values differ: paths of members, at most {@link mostPaths}; never what is there. */
export function differingPaths(left: JsonValue, right: JsonValue): string[] {
  const collector = new PathCollector();
  collector.compare({ left, right });
  return collector.paths;
}
