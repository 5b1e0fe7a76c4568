import { actAfterStep } from "./steps.ts";

/** What is given up at every step, in scenes that it may leave changed. */
export interface Sweepable {
  /** The call. Made again and again, each time with a signal of its own. */
  call(signal: AbortSignal): Promise<unknown>;
  /** Makes ready for the next call, whatever the last one did. */
  prepare(): Promise<void>;
  /**
   * Looks at what a call left: it said that it is done, or that it was given up.
   * @returns what is wrong, in words
   */
  judge(outcome: Outcome): Promise<readonly string[]>;
}

/** How a call ended, by its own word. */
export type Outcome =
  | { readonly isDone: true; readonly value: unknown }
  | { readonly isDone: false };

/** Which steps. */
export interface SweepOptions {
  /** Only this step. Default: as many as `most` allows. */
  readonly only?: number | undefined;
  /** So many steps at most, evenly spread. */
  readonly most: number;
}

/** What a sweep saw. */
export interface SweepReport {
  /** Steps that the call takes when nobody gives it up. */
  readonly steps: number;
  /** Steps at which it was given up. */
  readonly points: number;
  /** How often it had taken effect all the same, and said so. */
  readonly done: number;
  readonly givenUp: number;
  readonly problems: readonly string[];
}

/** Steps differ a little from run to run: so many calls have to end by themselves, one after the other. */
const endsInARow = 3;

/** Gives a call up at its first step, its second, and so on, until it ends before. */
export async function sweep(subject: Sweepable, options: SweepOptions): Promise<SweepReport> {
  // The first time, modules are loaded, and functions made ready.
  const first = await once(subject, Infinity);
  const free = await once(subject, Infinity);
  const stride = options.only === undefined ? Math.max(1, Math.ceil(free.steps / options.most)) : 1;
  const counts = { points: 0, done: 0, givenUp: 0 };
  const problems = [...first.problems, ...free.problems];
  let ended = 0;
  for (let nth = options.only ?? 0; ended < endsInARow && problems.length === 0; nth += stride) {
    const { steps, isDone, problems: found } = await once(subject, nth);
    problems.push(...found.map((problem) => `given up after step ${nth}: ${problem}`));
    if (steps < nth) ended += 1;
    else {
      ended = 0;
      counts.points += 1;
      counts[isDone ? "done" : "givenUp"] += 1;
    }
    if (options.only !== undefined) break;
  }
  return { steps: free.steps, ...counts, problems };
}

interface Once {
  readonly steps: number;
  readonly isDone: boolean;
  readonly problems: readonly string[];
}

async function once(subject: Sweepable, nth: number): Promise<Once> {
  try {
    return await attempt(subject, nth);
  } catch (error) {
    // Such as a lock that somebody left: who comes next waits for it in vain.
    return { steps: 0, isDone: false, problems: [`afterwards: ${describe(error)}`] };
  }
}

async function attempt(subject: Sweepable, nth: number): Promise<Once> {
  await subject.prepare();
  const controller = new AbortController();
  const reason = new Error(`given up after step ${nth}`);
  const { outcome, steps } = await actAfterStep(
    nth,
    () => controller.abort(reason),
    () => subject.call(controller.signal),
  );
  const isDone = outcome.status === "fulfilled";
  if (!isDone && outcome.reason !== reason)
    return { steps, isDone, problems: [`it rejects with ${describe(outcome.reason)}`] };
  const problems = await subject.judge(
    isDone ? { isDone, value: outcome.value } : { isDone: false },
  );
  return { steps, isDone, problems };
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `, caused by ${describe(error.cause)}`;
  return `${String(error)}${cause}`;
}
