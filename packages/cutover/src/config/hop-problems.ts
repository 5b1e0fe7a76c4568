import { defaultHop, hopInWords, hops } from "../hop/hop.ts";
import type { OptionProblem } from "./option-problem.ts";

type Members = Readonly<Record<string, unknown>>;

const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** What is wrong with the hop of a config, beside what its members are. */
export function* hopProblems({ hop = {}, postgres }: Members): Generator<OptionProblem> {
  if (!isMembers(hop)) return;
  const { from = defaultHop.from, to = defaultHop.to } = hop;
  const isKnown = hops.some((known) => known.from === from && known.to === to);
  const isNamed = hops.some((known) => known.from === from) && hops.some((one) => one.to === to);
  if (isNamed && !isKnown) {
    const all = hops.map((known) => hopInWords(known)).join(", ");
    const message = `\`hop\` leads from ${String(from)} to ${String(to)}, which is none; there are ${all}`;
    yield { path: "hop", message };
  }
  if (postgres !== undefined && isNamed && to !== "postgres") {
    const message = '`postgres` is for hops that lead there; say so: `hop: { to: "postgres" }`';
    yield { path: "postgres", message };
  }
}
