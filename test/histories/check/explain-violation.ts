import type { HistoryStep } from "../history-event.ts";
import type { Operation } from "./operation.ts";
import { absent } from "./part.ts";
import type { SmallViolation } from "./shrink-part.ts";

/** Operations beyond these are counted, not listed. */
const listed = 20;

const milliseconds = (ns: number): string => (ns / 1e6).toFixed(3);

const what = (value: string | null): string => (value === null ? "nothing" : `"${value}"`);

function describeStep({ collection, key, saw, existed, left }: HistoryStep): string {
  const parts = [`${collection}/${key ?? "*"}`];
  if (saw !== undefined) parts.push(`saw ${what(saw)}`);
  else if (existed !== undefined) parts.push(existed ? "saw a record" : "saw nothing");
  if (left !== undefined) parts.push(`left ${what(left)}`);
  return parts.join(" ");
}

function describeOperation(operation: Operation, registers: ReadonlySet<string>): string {
  const { startNs, endNs, name, op, steps } = operation;
  const ended = endNs === Infinity ? "outcome unknown" : milliseconds(endNs);
  const own = steps.filter(
    ({ collection, key }) => key === undefined || registers.has(`${collection}/${key}`),
  );
  return `  ${milliseconds(startNs)} – ${ended}  ${name} ${op}: ${own.map(describeStep).join(", ")}`;
}

/** Where a value that was read and that no operation wrote may have come from. */
function originProblem(
  value: string,
  operations: readonly Operation[],
  failed: readonly Operation[],
): string | undefined {
  const wrote = ({ steps }: Operation): boolean => steps.some(({ left }) => left === value);
  if (operations.some(wrote)) return undefined;
  const culprit = failed.find(wrote);
  return culprit === undefined
    ? `"${value}" was never written.`
    : `"${value}" is of ${culprit.name} ${culprit.op}, which failed and must have had no effect.`;
}

function possibleStates({ part, deadEnd }: SmallViolation): string {
  const names = new Map<number, string>([[absent, "nothing"]]);
  const involved = new Set<number>();
  for (const { steps, source } of part.operations)
    for (const { register, leaves } of steps) {
      involved.add(register);
      const name = part.registers[register];
      const step = source.steps.find(({ collection, key }) => `${collection}/${key}` === name);
      if (leaves > absent) names.set(leaves, what(step?.left ?? null));
    }
  const states = deadEnd.before.map(({ state }) =>
    Array.from(involved, (register) => {
      const value = names.get(state[register] ?? absent) ?? "?";
      return involved.size === 1 ? value : `${part.registers[register]} ${value}`;
    }).join(" and "),
  );
  return [...new Set(states)].join(", or ");
}

/** Tells people which operations cannot be put in an order, and where it shows. */
export function explainViolation(
  violation: SmallViolation,
  operations: readonly Operation[],
  failed: readonly Operation[],
): string {
  const { part, deadEnd } = violation;
  const registers = new Set(part.registers);
  const involved = part.operations
    .map(({ source }) => source)
    .toSorted((one, other) => one.startNs - other.startNs);
  const { name, steps } = deadEnd.operation.source;
  const problems = steps.flatMap(({ saw }) =>
    typeof saw === "string" ? (originProblem(saw, operations, failed) ?? []) : [],
  );
  const more = involved.length - listed;
  return [
    `${part.registers.join(" and ")}: no order explains these operations (ms since the history began):`,
    ...involved.slice(-listed).map((operation) => describeOperation(operation, registers)),
    ...(more > 0 ? [`  and ${more} before them`] : []),
    `When ${name} returned, after what had to come before it, there could be ${possibleStates(violation)}` +
      " (or what was still under way).",
    ...problems,
  ].join("\n");
}
