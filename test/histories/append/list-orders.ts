import { show, type AppendAnomaly } from "./append-anomaly.ts";
import type { AppendTransaction } from "./append-transaction.ts";

/** Who appended each value, and in which order each list was seen to grow. */
export interface ListOrders {
  readonly writers: ReadonlyMap<number, AppendTransaction>;
  /** By key: the longest list that anybody read. */
  readonly orders: ReadonlyMap<string, readonly number[]>;
}

export function listOrders(history: readonly AppendTransaction[]): ListOrders {
  const writers = new Map<number, AppendTransaction>();
  const orders = new Map<string, readonly number[]>();
  for (const transaction of history) {
    for (const step of transaction.operations) {
      if (step.kind === "append") writers.set(step.value, transaction);
      else if (step.values.length > (orders.get(step.key)?.length ?? -1))
        orders.set(step.key, step.values);
    }
  }
  return { writers, orders };
}

/** What is wrong with the lists as such, whoever depends on whom. */
export function listAnomalies(
  history: readonly AppendTransaction[],
  lists: ListOrders,
): AppendAnomaly[] {
  return [
    ...[...lists.orders].flatMap(([key, order]) => wrongValues(key, order, lists)),
    ...history.flatMap((transaction) => [
      ...wrongReads(transaction, lists),
      ...inconsistent(transaction),
    ]),
    ...lostAppends(history, lists),
  ];
}

function wrongValues(
  key: string,
  order: readonly number[],
  { writers }: ListOrders,
): AppendAnomaly[] {
  const found: AppendAnomaly[] = [];
  for (const [index, value] of order.entries()) {
    const writer = writers.get(value);
    if (order.indexOf(value) < index)
      found.push({ kind: "duplicate", explanation: `${key} holds ${value} twice` });
    if (writer === undefined)
      found.push({
        kind: "unwritten",
        explanation: `${key} holds ${value}, which nobody appended`,
      });
    else if (writer.outcome === "fail")
      found.push({ kind: "G1a", explanation: `${key} holds ${value} of ${show(writer)}` });
  }
  return found;
}

function wrongReads(
  transaction: AppendTransaction,
  { orders, writers }: ListOrders,
): AppendAnomaly[] {
  return transaction.operations.flatMap((step): AppendAnomaly[] => {
    if (step.kind !== "read") return [];
    const order = orders.get(step.key) ?? [];
    if (step.values.some((value, index) => order[index] !== value))
      return [
        {
          kind: "incompatible-order",
          explanation: `${show(transaction)}, but ${step.key} grew to [${order.join(" ")}]`,
        },
      ];
    const last = step.values.at(-1);
    const writer = last === undefined ? undefined : writers.get(last);
    if (last === undefined || writer === undefined || writer === transaction) return [];
    const later = appendsOf(writer, step.key);
    return later.at(-1) === last
      ? []
      : [{ kind: "G1b", explanation: `${show(transaction)} saw the middle of ${show(writer)}` }];
  });
}

function appendsOf({ operations }: AppendTransaction, key: string): number[] {
  return operations.flatMap((step) =>
    step.kind === "append" && step.key === key ? [step.value] : [],
  );
}

/** A transaction sees its own appends, and nobody else's between two reads. */
function inconsistent(transaction: AppendTransaction): AppendAnomaly[] {
  const whole = new Map<string, readonly number[]>();
  const own = new Map<string, readonly number[]>();
  const found: AppendAnomaly[] = [];
  for (const step of transaction.operations) {
    const { key } = step;
    const before = whole.get(key);
    if (step.kind === "append") {
      own.set(key, [...(own.get(key) ?? []), step.value]);
      if (before !== undefined) whole.set(key, [...before, step.value]);
      continue;
    }
    const mine = own.get(key) ?? [];
    const expected = before ?? mine;
    const seen =
      before === undefined ? step.values.slice(step.values.length - mine.length) : step.values;
    if (seen.join() !== expected.join())
      found.push({
        kind: "internal",
        explanation: `${show(transaction)}: of ${key} it knew better`,
      });
    whole.set(key, step.values);
  }
  return found;
}

/** Values acknowledged that are in no list, though somebody read it afterwards. */
function lostAppends(
  history: readonly AppendTransaction[],
  { orders }: ListOrders,
): AppendAnomaly[] {
  const lastReadNs = new Map<string, bigint>();
  for (const { operations, invokedNs } of history) {
    for (const step of operations) {
      if (step.kind === "read" && invokedNs > (lastReadNs.get(step.key) ?? -1n))
        lastReadNs.set(step.key, invokedNs);
    }
  }
  const held = new Map([...orders].map(([key, order]) => [key, new Set(order)] as const));
  return history.flatMap((transaction) =>
    transaction.operations.flatMap((step): AppendAnomaly[] => {
      const { outcome, completedNs } = transaction;
      if (step.kind !== "append" || outcome !== "ok" || completedNs === undefined) return [];
      const isMissing = held.get(step.key)?.has(step.value) !== true;
      if (!isMissing || (lastReadNs.get(step.key) ?? -1n) <= completedNs) return [];
      return [
        { kind: "lost-append", explanation: `${step.value} is gone, of ${show(transaction)}` },
      ];
    }),
  );
}
