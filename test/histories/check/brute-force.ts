import type { ScriptedOperation } from "../history-script.ts";

type Records = ReadonlyMap<string, string>;

function after(records: Records, { steps }: ScriptedOperation): Records | undefined {
  const next = new Map(records);
  for (const { collection, key, saw, existed, left } of steps) {
    const name = `${collection}/${key}`;
    const found = records.get(name) ?? null;
    if (saw !== undefined && saw !== found) return undefined;
    if (existed !== undefined && existed !== (found !== null)) return undefined;
    if (left === null && key === undefined) next.clear();
    else if (left === null) next.delete(name);
    else if (left !== undefined) next.set(name, left);
  }
  return next;
}

const settled = ({ to, outcome }: ScriptedOperation): boolean =>
  to !== undefined && outcome !== "unknown";

/** Tries every order of every choice of maybes. Shares nothing with the checker; for a few operations only. */
export function isLinearizableByBruteForce(operations: readonly ScriptedOperation[]): boolean {
  const happened = operations.filter(({ outcome }) => outcome !== "fail");
  const place = (records: Records, left: readonly ScriptedOperation[]): boolean => {
    if (!left.some(settled)) return true;
    return left.some((operation) => {
      const late = left.some(
        (other) => settled(other) && other.to !== undefined && other.to < operation.from,
      );
      if (late) return false;
      const next = after(records, operation);
      const others = left.filter((other) => other !== operation);
      return next !== undefined && place(next, others);
    });
  };
  return place(new Map(), happened);
}
