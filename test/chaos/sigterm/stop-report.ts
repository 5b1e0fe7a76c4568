import type { Ended } from "./signalled.ts";

/** A program that gets SIGTERM, again and again, and what it works on. */
export interface StopScene {
  /** Every time is as the first one. Else a program finds what it left the time before. */
  readonly isNewEachTime: boolean;
  /** Leads to where the program begins. */
  prepare(): Promise<void>;
  /** Runs the program, which gets SIGTERM after so many steps; 0 is never. */
  stop(at: number): Promise<Ended>;
  /** @returns what is wrong with how it ended and what it left, in words */
  judge(ended: Ended): Promise<string[]>;
  /** Leads back from where the program ends to where it begins. */
  back(): Promise<void>;
  /** @returns what is wrong when all is over */
  end(): Promise<string[]>;
}

/** What was seen of one program. */
export interface StopReport {
  /** Steps over which the points were spread. */
  readonly steps: number;
  /** How often it got SIGTERM on its way. */
  readonly points: number;
  /** How often it had done its work all the same. */
  readonly done: number;
  readonly interrupted: number;
  readonly problems: readonly string[];
}

/** At which steps. */
export interface StopOptions {
  /** So many, evenly spread. */
  readonly points: number;
  /** Only this one. */
  readonly only: number | undefined;
  /** Over so many. Default: as many as it takes when nobody stops it. */
  readonly steps?: number | undefined;
}

/** Sends a program SIGTERM at some of its steps, each time anew, and looks at what it leaves. */
export async function stopAtSteps(scene: StopScene, options: StopOptions): Promise<StopReport> {
  await scene.prepare();
  const { points, only, steps = await freeSteps(scene) } = options;
  // Nearer to the end: the last steps, in which what is done is only told, are among them.
  const place = (n: number): number => Math.ceil(((n + 0.75) * steps) / points);
  const all = Array.from({ length: points }, (_unused, n) => place(n));
  const problems: string[] = [];
  const counts = { points: 0, done: 0, interrupted: 0 };
  for (const at of only === undefined ? all : [only]) {
    if (problems.length > 0) break;
    const ended = await scene.stop(at);
    const found = ended.isLate
      ? ["it had not ended five seconds after SIGTERM"]
      : await scene.judge(ended);
    problems.push(...found.map((problem) => `SIGTERM after step ${at}: ${problem}`));
    if (found.length === 0) await scene.back();
    if (!ended.isSignalled) continue;
    counts.points += 1;
    counts[ended.code === 0 ? "done" : "interrupted"] += 1;
  }
  if (problems.length === 0) problems.push(...(await scene.end()));
  return { steps, ...counts, problems };
}

/** The first time a program makes files that are there from then on: the second time counts. */
async function freeSteps(scene: StopScene): Promise<number> {
  let steps = 0;
  for (let time = scene.isNewEachTime ? 1 : 0; time < 2; time += 1) {
    const ended = await scene.stop(0);
    const problems = await scene.judge(ended);
    if (problems.length > 0) throw new Error(`without SIGTERM: ${problems.join("; ")}`);
    await scene.back();
    ({ steps } = ended);
  }
  return steps;
}
