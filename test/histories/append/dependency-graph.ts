import type { AppendTransaction } from "./append-transaction.ts";
import type { ListOrders } from "./list-orders.ts";

/**
 * Why one transaction comes before another. `ww`: its append is followed by the other's. `wr`: the
 * other read it. `rw`: it did not see the other's append. `rt`: it ended before the other began.
 */
export type DependencyKind = "ww" | "wr" | "rw" | "rt";

export interface Dependency {
  readonly to: number;
  readonly kind: DependencyKind;
}

/** Nodes below `transactions.length` are transactions, the others moments of the clock. */
export interface DependencyGraph {
  readonly transactions: readonly AppendTransaction[];
  readonly edges: readonly (readonly Dependency[])[];
}

export function dependencyGraph(
  history: readonly AppendTransaction[],
  lists: ListOrders,
): DependencyGraph {
  const transactions = history.filter(({ outcome }) => outcome !== "fail");
  const builder = new Builder(transactions, lists);
  builder.addAppends();
  for (const [node, transaction] of transactions.entries()) builder.addReads(node, transaction);
  builder.addClock();
  return { transactions, edges: builder.edges };
}

class Builder {
  readonly edges: Dependency[][];
  readonly #transactions: readonly AppendTransaction[];
  readonly #lists: ListOrders;
  readonly #nodes: ReadonlyMap<AppendTransaction, number>;

  constructor(transactions: readonly AppendTransaction[], lists: ListOrders) {
    this.#transactions = transactions;
    this.#lists = lists;
    this.#nodes = new Map(transactions.map((transaction, node) => [transaction, node]));
    this.edges = transactions.map(() => []);
  }

  addAppends(): void {
    for (const order of this.#lists.orders.values()) {
      for (const [index, value] of order.entries())
        if (index > 0) this.#add(this.#writer(order[index - 1]), this.#writer(value), "ww");
    }
  }

  addReads(node: number, { operations, outcome }: AppendTransaction): void {
    for (const step of operations) {
      if (step.kind !== "read" || outcome !== "ok") continue;
      let seen = step.values.length;
      // What it appended itself says nothing about others.
      while (seen > 0 && this.#writer(step.values[seen - 1]) === node) seen -= 1;
      this.#add(this.#writer(step.values[seen - 1]), node, "wr");
      const order = this.#lists.orders.get(step.key) ?? [];
      this.#add(node, this.#writer(order[step.values.length]), "rw");
    }
  }

  /** A chain of moments stands for the order of all ends and beginnings. */
  addClock(): void {
    const ends = this.#transactions
      .flatMap(({ outcome, completedNs }, node) =>
        outcome === "ok" && completedNs !== undefined ? [{ node, atNs: completedNs }] : [],
      )
      .toSorted((a, b) => (a.atNs < b.atNs ? -1 : 1));
    const first = this.edges.length;
    for (const [index, { node }] of ends.entries()) {
      this.edges.push([]);
      this.#add(node, first + index, "rt");
      if (index > 0) this.#add(first + index - 1, first + index, "rt");
    }
    for (const [node, { invokedNs }] of this.#transactions.entries()) {
      const before = countBefore(ends, invokedNs);
      if (before > 0) this.#add(first + before - 1, node, "rt");
    }
  }

  #writer(value: number | undefined): number | undefined {
    const transaction = value === undefined ? undefined : this.#lists.writers.get(value);
    return transaction === undefined ? undefined : this.#nodes.get(transaction);
  }

  #add(from: number | undefined, to: number | undefined, kind: DependencyKind): void {
    if (from === undefined || to === undefined || from === to) return;
    this.edges[from]?.push({ to, kind });
  }
}

/** How many of the ascending moments are earlier. */
function countBefore(ends: readonly { readonly atNs: bigint }[], atNs: bigint): number {
  let [low, high] = [0, ends.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle]?.atNs ?? atNs) < atNs) low = middle + 1;
    else high = middle;
  }
  return low;
}
