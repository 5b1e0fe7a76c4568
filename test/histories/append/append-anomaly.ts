import type { AppendTransaction } from "./append-transaction.ts";

/**
 * What no serializable store shows. The first seven are seen in the lists themselves, the others
 * are cycles of dependencies, named as Adya does; `-realtime` needs the order of the clock, too.
 */
export const anomalyKinds = [
  "unwritten",
  "duplicate",
  "incompatible-order",
  "lost-append",
  "internal",
  "G1a",
  "G1b",
  "G0",
  "G1c",
  "G-single",
  "G2",
  "G0-realtime",
  "G1c-realtime",
  "G-single-realtime",
  "G2-realtime",
] as const;
export type AnomalyKind = (typeof anomalyKinds)[number];

/** Something that cannot have happened one transaction after another. */
export interface AppendAnomaly {
  readonly kind: AnomalyKind;
  readonly explanation: string;
}

/** A transaction in a line. */
export function show({ id, outcome, operations }: AppendTransaction): string {
  const steps = operations.map((step) =>
    step.kind === "append"
      ? `append ${step.key} ${step.value}`
      : `read ${step.key} [${step.values.slice(-6).join(" ")}]`,
  );
  return `${id} (${outcome}): ${steps.join(", ")}`;
}
