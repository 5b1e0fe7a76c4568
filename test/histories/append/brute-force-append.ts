import type { AppendTransaction } from "./append-transaction.ts";

/** Whether some order of the transactions, all of known outcome, explains all they read. */
export function canBeInOrder(transactions: readonly AppendTransaction[]): boolean {
  return canGoOn(transactions, new Map());
}

type Lists = ReadonlyMap<string, readonly number[]>;

function canGoOn(left: readonly AppendTransaction[], lists: Lists): boolean {
  if (left.length === 0) return true;
  return left.some((next) => {
    const isTooEarly = left.some(
      ({ completedNs }) => (completedNs ?? next.invokedNs) < next.invokedNs,
    );
    const after = isTooEarly ? undefined : afterwards(next, lists);
    const rest = left.filter((other) => other !== next);
    return after !== undefined && canGoOn(rest, after);
  });
}

/** @returns undefined if it would have read something else */
function afterwards({ operations }: AppendTransaction, lists: Lists): Lists | undefined {
  const next = new Map(lists);
  for (const step of operations) {
    const list = next.get(step.key) ?? [];
    if (step.kind === "append") next.set(step.key, [...list, step.value]);
    else if (step.values.join() !== list.join()) return undefined;
  }
  return next;
}
