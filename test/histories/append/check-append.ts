import type { AppendAnomaly } from "./append-anomaly.ts";
import type { AppendTransaction } from "./append-transaction.ts";
import { cycleAnomalies } from "./cycles.ts";
import { dependencyGraph } from "./dependency-graph.ts";
import { listAnomalies, listOrders } from "./list-orders.ts";

/**
 * Whether transactions that append to lists and read them can have happened one after another, in
 * an order that the clock allows. Elle's method: what was read tells the order in which each list
 * grew, this tells who depends on whom, and a cycle of dependencies cannot have happened.
 * A history that ends with a read of every list hides nothing.
 * @returns nothing if they can
 */
export function checkAppend(history: readonly AppendTransaction[]): AppendAnomaly[] {
  const lists = listOrders(history);
  const anomalies = listAnomalies(history, lists);
  return [...anomalies, ...cycleAnomalies(dependencyGraph(history, lists))];
}
