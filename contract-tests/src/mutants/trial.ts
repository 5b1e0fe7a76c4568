import type { Clause } from "../clause.ts";
import { runClause } from "../run-clause.ts";
import type { ContractSubject } from "../subject.ts";
import { faultlessSubject } from "./mutant.ts";
import { mutantNamed, spoiledSubject } from "./spoiled-subject.ts";

/** One clause against one subject, with a fault or, to be sure of the clause, without. */
export interface Trial {
  readonly subject: string;
  /** Undefined: wrapped as with a fault, but without one. */
  readonly mutant: string | undefined;
  readonly clause: string;
  /** How long the clause may take, in milliseconds. Default: 60,000; a slow machine kills nothing. */
  readonly patienceMs?: number;
}

/** How a trial ended. */
export interface Verdict {
  readonly passed: boolean;
  /** What the clause said. */
  readonly message?: string;
  /** The clause did not end: that proves little, and what it left behind must go with its process. */
  readonly hung?: boolean;
}

const defaultPatienceMs = 60_000;
/** How long it may take with a fault that is known to hang. */
const hangingMs = 4000;
/** Clauses with large counts do so much of them; what they find they find sooner. */
const scale = 0.1;

/** Carries out a trial. */
export async function runTrial(
  clause: Clause,
  subject: ContractSubject,
  { mutant, patienceMs = defaultPatienceMs }: Pick<Trial, "mutant" | "patienceMs">,
): Promise<Verdict> {
  const fault = mutant === undefined ? undefined : mutantNamed(mutant);
  const timeoutMs = fault?.hangs === true ? hangingMs : patienceMs;
  const spoiled = fault === undefined ? faultlessSubject(subject) : spoiledSubject(subject, fault);
  const late = Promise.withResolvers<Verdict>();
  // The clause's own deadline comes first; this one is for what cannot even be cleaned up.
  const timer = setTimeout(
    () => late.resolve({ passed: false, message: "did not end", hung: true }),
    timeoutMs + 100,
  );
  const run = async (): Promise<Verdict> => {
    try {
      await runClause(clause, spoiled, { scale, timeoutMs });
      return { passed: true };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return {
        passed: false,
        message,
        hung: message.includes(`not finished after ${timeoutMs} ms`),
      };
    }
  };
  try {
    return await Promise.race([run(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
