import { show, type AnomalyKind, type AppendAnomaly } from "./append-anomaly.ts";
import { components } from "./components.ts";
import type { Dependency, DependencyGraph, DependencyKind } from "./dependency-graph.ts";

interface Level {
  readonly kind: AnomalyKind;
  readonly follows: readonly DependencyKind[];
  /** Closed by exactly one `rw`, which is not among what it follows. */
  readonly isSingle?: boolean;
}

/** From the plainest to the subtlest; a group of transactions is named by the first that fits. */
const levels: readonly Level[] = [
  { kind: "G0", follows: ["ww"] },
  { kind: "G1c", follows: ["ww", "wr"] },
  { kind: "G-single", follows: ["ww", "wr"], isSingle: true },
  { kind: "G2", follows: ["ww", "wr", "rw"] },
  { kind: "G0-realtime", follows: ["ww", "rt"] },
  { kind: "G1c-realtime", follows: ["ww", "wr", "rt"] },
  { kind: "G-single-realtime", follows: ["ww", "wr", "rt"], isSingle: true },
  { kind: "G2-realtime", follows: ["ww", "wr", "rw", "rt"] },
];

/** Cycles are looked for from so many nodes of a group; one is enough. */
const mostStarts = 64;

/** One cycle of every group of transactions of which none can have come first. */
export function cycleAnomalies(graph: DependencyGraph): AppendAnomaly[] {
  const all = (node: number): readonly number[] => (graph.edges[node] ?? []).map(({ to }) => to);
  return components(graph.edges.length, all).flatMap((group) => anomalyIn(graph, group));
}

interface Step extends Dependency {
  readonly from: number;
}

function anomalyIn(graph: DependencyGraph, group: readonly number[]): AppendAnomaly[] {
  const members = new Set(group);
  for (const level of levels) {
    const cycle = shortest(cyclesOf(graph, members, level));
    if (cycle !== undefined) return [{ kind: level.kind, explanation: explain(graph, cycle) }];
  }
  throw new Error("a group without a cycle");
}

function* cyclesOf(
  { edges }: DependencyGraph,
  members: ReadonlySet<number>,
  { follows, isSingle = false }: Level,
): Generator<readonly Step[]> {
  const stepsFrom = (node: number): Step[] =>
    (edges[node] ?? []).flatMap((edge) => (members.has(edge.to) ? [{ ...edge, from: node }] : []));
  const next = (node: number): Step[] =>
    stepsFrom(node).filter(({ kind }) => follows.includes(kind));
  const closing = isSingle
    ? [...members].flatMap(stepsFrom).filter(({ kind }) => kind === "rw")
    : [...members].flatMap(next);
  let tried = 0;
  for (const last of closing) {
    const way = wayBetween(last.to, last.from, next);
    if (way !== undefined) yield [last, ...way];
    if (way !== undefined && (tried += 1) === mostStarts) return;
  }
}

/** The fewest steps from one node to another. */
function wayBetween(
  from: number,
  to: number,
  next: (node: number) => readonly Step[],
): readonly Step[] | undefined {
  const cameBy = new Map<number, Step | undefined>([[from, undefined]]);
  for (const node of cameBy.keys()) {
    if (node === to) break;
    for (const step of next(node)) if (!cameBy.has(step.to)) cameBy.set(step.to, step);
  }
  if (!cameBy.has(to)) return undefined;
  const way: Step[] = [];
  for (let step = cameBy.get(to); step !== undefined; step = cameBy.get(step.from))
    way.unshift(step);
  return way;
}

function shortest(cycles: Iterable<readonly Step[]>): readonly Step[] | undefined {
  let best: readonly Step[] | undefined;
  for (const cycle of cycles) if (best === undefined || cycle.length < best.length) best = cycle;
  return best;
}

function explain({ transactions }: DependencyGraph, cycle: readonly Step[]): string {
  const lines = cycle.flatMap(({ from, kind }) => {
    const transaction = transactions[from];
    return transaction === undefined ? [] : [`${show(transaction)} —${kind}→`];
  });
  return lines.join("\n");
}
