import { typed, type CommandAnswer } from "./command.ts";
import type { Figures, Traffic } from "./traffic/traffic.ts";

/** One command of the way, and what clients saw of it. */
export interface Step {
  readonly verb: string;
  /** What the command came to, in a few words. */
  readonly outcome: string;
  readonly milliseconds: number;
  /** The longest that any writer waited for a change of stage, in milliseconds; undefined: none changed. */
  readonly frozenMs: number | undefined;
  readonly meanwhile: Figures;
}

const way: readonly (readonly [verb: string, ...flags: string[]])[] = [
  ["start"],
  ["backfill"],
  ["verify"],
  ["switch"],
  ["reverse"],
  ["cancel"],
];

/** After each command clients go on for at least so many requests, so that every stage is used. */
const requestsBetween = 100;

function outcomeOf({ units = [] }: CommandAnswer): string {
  const stages = [...new Set(units.flatMap(({ to }) => to ?? []))];
  if (stages.length > 0) return stages.join(", ");
  const records = units.reduce((sum, unit) => sum + (unit.records ?? 0), 0);
  const differences = units.reduce((sum, unit) => sum + (unit.differences ?? 0), 0);
  return `${records.toLocaleString("en-US")} compared, ${differences} differ`;
}

async function take(
  folder: string,
  traffic: Traffic,
  [verb, ...flags]: (typeof way)[number],
): Promise<Step> {
  const { answer, milliseconds } = await typed([verb, folder, ...flags]);
  await traffic.serves(requestsBetween);
  const waits = (answer.units ?? []).flatMap(({ frozenMs }) => frozenMs ?? []);
  return {
    verb,
    outcome: outcomeOf(answer),
    milliseconds,
    frozenMs: waits.length === 0 ? undefined : Math.max(...waits),
    meanwhile: traffic.sinceLast(),
  };
}

/**
 * Walks all units of a folder from JSON to SQLite and back, with the commands that a team types,
 * while clients go on.
 */
export async function walk(
  folder: string,
  traffic: Traffic,
  { onStep, onLive }: { readonly onStep: (step: Step) => void; readonly onLive: () => void },
): Promise<void> {
  await traffic.serves(requestsBetween);
  for (const command of way) {
    const step = await take(folder, traffic, command);
    onStep(step);
    if (step.verb === "switch") onLive();
  }
}
