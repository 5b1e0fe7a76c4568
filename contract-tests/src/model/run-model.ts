import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc, { type RunDetails } from "fast-check";
import type { ContractSubject } from "../subject.ts";
import { type ModelSequence, sequences } from "./model-commands.ts";
import { show } from "./outcome.ts";
import { Difference, SequenceRun } from "./sequence-run.ts";

/** What {@link runModel} accepts. */
export interface ModelOptions {
  /** Held against the model and, through it, against each other. */
  readonly subjects: readonly ContractSubject[];
  /** Carry out at least so many commands on each subject. Default: 1,000. */
  readonly commands?: number;
  /** Default: drawn at random. */
  readonly seed?: number;
  /** Path of a failure to replay, with the seed it was reported with. */
  readonly path?: string;
  /** Longest sequence on one store. Default: 100. */
  readonly sequenceLength?: number;
  /** Asked between batches; true ends the run early. Default: never. */
  readonly isOver?: () => boolean;
  /** Shell command that runs this again, shown with a failure. */
  readonly replayWith?: string;
}

/** What a run without a difference has done. */
export interface ModelReport {
  readonly seed: number;
  /** Commands carried out on each subject. */
  readonly commands: number;
  readonly sequences: number;
  readonly durationMs: number;
}

/** Sequences drawn from one seed before the next is taken. */
const sequencesPerSeed = 25;
/** How long a failure may take to find and to shrink, in milliseconds. */
const shrinkingMs = 120_000;
const defaultReplay = "npx vitest run --project contract test/model.contract.test.ts";

/** The names of the settings by which a failure is replayed. */
export const replayVariables = { seed: "CUTOVER_SEED", path: "CUTOVER_PATH" } as const;

/** Reads seed and path of a failure to replay from the environment. */
export function replayFrom(
  environment: Readonly<Record<string, string | undefined>>,
): Pick<ModelOptions, "seed" | "path"> {
  const { [replayVariables.seed]: seed, [replayVariables.path]: path } = environment;
  return {
    ...(seed === undefined || seed === "" ? {} : { seed: Number(seed) }),
    ...(path === undefined || path === "" ? {} : { path }),
  };
}

function sequenceText({ keys, definitions, commands }: ModelSequence, upTo: number): string {
  const lines = commands.slice(0, upTo).map((command, index) => `  ${index + 1}. ${show(command)}`);
  const names = definitions.map(({ name }) => name).join(", ");
  return [`collections ${names}; keys ${show(keys)}`, ...lines].join("\n");
}

function failureText(details: RunDetails<[ModelSequence]>, options: ModelOptions): string {
  const path = details.counterexamplePath ?? "";
  const [sequence] = details.counterexample ?? [];
  const cause = details.errorInstance;
  const names = options.subjects.map(({ name }) => name).join(", ");
  return [
    `the model and ${names} disagree (seed ${details.seed}, path ${path}, ${details.numShrinks} shrinks)`,
    cause instanceof Error ? cause.message : String(cause),
    sequence === undefined
      ? ""
      : sequenceText(sequence, cause instanceof Difference ? cause.step : Infinity),
    "replay it with",
    `  ${replayVariables.seed}=${details.seed} ${replayVariables.path}=${path} ${options.replayWith ?? defaultReplay}`,
  ].join("\n");
}

/**
 * Runs random sequences of commands against a naive model and several adapters at once and
 * compares every result, every error code and, after every write, every record.
 *
 * @throws Error that shows seed, path, the shrunk commands and how to replay them
 */
export async function runModel(options: ModelOptions): Promise<ModelReport> {
  const { subjects, commands = 1000, sequenceLength = 100, isOver = () => false } = options;
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
  const startedMs = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "cutover-model-"));
  const report = { seed, commands: 0, sequences: 0 };
  const property = fc.asyncProperty(sequences(sequenceLength), async (sequence) => {
    const run = new SequenceRun(sequence);
    try {
      await run.run(subjects, join(folder, String(report.sequences)));
    } finally {
      report.commands += run.done;
      report.sequences++;
    }
  });
  try {
    for (let batch = 0; batch === 0 || (report.commands < commands && !isOver()); batch++) {
      const details = await fc.check(property, {
        seed: seed + batch,
        numRuns: sequencesPerSeed,
        interruptAfterTimeLimit: shrinkingMs,
        ...(options.path === undefined ? {} : { path: options.path }),
      });
      if (details.failed)
        throw new Error(failureText(details, options), { cause: details.errorInstance });
      if (options.path !== undefined) break;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { ...report, durationMs: performance.now() - startedMs };
}
