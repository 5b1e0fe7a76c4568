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

/** Steps differ a little from run to run: it begins behind the last. */
const margin = 1.1;

/**
 * Gives a call up after its last step, the one before, and so on, to the first. Backwards, because
 * a call that was given up may leave the next one more to do: what comes late in that would never be
 * reached from the front.
 */
export async function sweep(subject: Sweepable, options: SweepOptions): Promise<SweepReport> {
  // The first time, modules are loaded, and functions made ready.
  const first = await once(subject, Infinity);
  const free = await once(subject, Infinity);
  const counts = { points: 0, done: 0, givenUp: 0 };
  const problems = [...first.problems, ...free.problems];
  const giveUpAt = async (nth: number): Promise<void> => {
    const { steps, isDone, problems: found } = await once(subject, nth);
    problems.push(...found.map((problem) => `given up after step ${nth}: ${problem}`));
    if (steps < nth) return;
    counts.points += 1;
    counts[isDone ? "done" : "givenUp"] += 1;
  };
  for (const nth of stepsToTry(free.steps, options)) {
    if (problems.length > 0) break;
    await giveUpAt(nth);
  }
  // Only the very last steps may find the call done: between them a stride may have gone past.
  for (const nth of lastSteps(free.steps, options)) {
    if (problems.length > 0 || counts.done > 0) break;
    await giveUpAt(nth);
  }
  return { steps: free.steps, ...counts, problems };
}

/** One by one, from behind the last step to well before it. */
function lastSteps(steps: number, { only }: SweepOptions): number[] {
  if (only !== undefined) return [];
  const last = Math.ceil(steps * margin);
  const before = Math.floor(steps / margin);
  return Array.from({ length: last - before }, (_unused, n) => last - n);
}

function stepsToTry(steps: number, { only, most }: SweepOptions): number[] {
  if (only !== undefined) return [only];
  const stride = Math.max(1, Math.ceil(steps / most));
  const count = Math.ceil((steps * margin) / stride) + 1;
  return Array.from({ length: count }, (_unused, n) => (count - 1 - n) * stride);
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
