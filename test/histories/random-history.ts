import type { HistoryStep } from "./history-event.ts";
import type { ScriptedOperation } from "./history-script.ts";

/** One random operation; numbers that are too great wrap around. */
export interface RandomOperation {
  readonly kind: (typeof kinds)[number];
  readonly key: number;
  /** Milliseconds by which it is called before, and answered after, it takes effect. */
  readonly before: number;
  readonly after: number;
  readonly fate: "answered" | "lost" | "never happened";
}

/** What random operations do. */
export const kinds = ["get", "put", "update", "insert", "delete", "has", "swap", "clear"] as const;

/** What each does to records `k0`, `k1`, …; `value` is new. */
type Act = (register: Register, value: string) => Omit<HistoryStep, "collection" | "key">;

interface Register {
  readonly held: string | null;
}

const acts: Readonly<Record<Exclude<RandomOperation["kind"], "swap" | "clear">, Act>> = {
  get: ({ held }) => ({ saw: held }),
  has: ({ held }) => ({ existed: held !== null }),
  put: (_register, left) => ({ left }),
  update: ({ held }, left) => ({ saw: held, left }),
  insert: ({ held }, left) => (held === null ? { saw: null, left } : { existed: true }),
  delete: ({ held }) => ({ existed: held !== null, left: null }),
};

/** What an operation whose outcome is lost would have done, as far as its caller knows. */
const intents: Readonly<Record<"put" | "update" | "insert" | "delete", Act>> = {
  put: (_register, left) => ({ left }),
  update: (_register, left) => ({ left }),
  insert: (_register, left) => ({ saw: null, left }),
  delete: () => ({ left: null }),
};

const isIntent = (kind: string): kind is keyof typeof intents => Object.hasOwn(intents, kind);

/**
 * Runs operations one after the other on real registers and writes down what a caller would see:
 * intervals that overlap at random around the moments of effect, some outcomes lost.
 */
export function randomHistory(
  operations: readonly RandomOperation[],
  keys: number,
): ScriptedOperation[] {
  const records = new Map<string, string>();
  return operations.map(({ kind, key, before, after, fate }, index): ScriptedOperation => {
    const moment = index * 10;
    // Neighbours share their operations, so that only they are tied together.
    const names = [`k${key % keys}`, `k${(key % keys) ^ 1}`];
    const value = `v${index}`;
    const happens = fate !== "never happened";
    const steps = stepsOf(kind, kind === "swap" && keys > 1 ? names : names.slice(0, 1), {
      records,
      value,
      answered: fate === "answered",
    });
    if (happens) for (const step of steps) carryOut(records, step);
    return {
      process: `p${index}`,
      op: kind,
      from: moment - before,
      ...(fate === "answered" ? { to: moment + after } : {}),
      steps,
    };
  });
}

interface Scene {
  readonly records: ReadonlyMap<string, string>;
  readonly value: string;
  readonly answered: boolean;
}

function stepsOf(
  kind: RandomOperation["kind"],
  keys: readonly string[],
  scene: Scene,
): HistoryStep[] {
  const { records, value, answered } = scene;
  if (kind === "clear") return [{ collection: "c", left: null }];
  const name = kind === "swap" ? "update" : kind;
  const act = answered || !isIntent(name) ? acts[name] : intents[name];
  return keys.map((key) => ({
    collection: "c",
    key,
    ...act({ held: records.get(key) ?? null }, `${value}.${key}`),
  }));
}

function carryOut(records: Map<string, string>, { key, saw, left }: HistoryStep): void {
  if (key === undefined) records.clear();
  else if (left === null) records.delete(key);
  else if (left !== undefined && (saw === undefined || saw === (records.get(key) ?? null)))
    records.set(key, left);
}
