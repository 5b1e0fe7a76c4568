import type { ContractSubject } from "../subject.ts";
import { clauses } from "../topics.ts";
import { runTrial, type Trial, type Verdict } from "./trial.ts";

// Faults leave promises behind that nobody awaits; they are not this process's business.
process.on("unhandledRejection", () => undefined);
process.on("uncaughtException", () => undefined);

async function subjectNamed(name: string): Promise<ContractSubject> {
  const module = (await import(process.argv[2] ?? "")) as { readonly subjects: readonly ContractSubject[] }; // what the pool was given
  const subject = module.subjects.find((one) => one.name === name);
  if (subject === undefined) throw new Error(`there is no subject "${name}"`);
  return subject;
}

async function judge({ subject, mutant, clause }: Trial): Promise<Verdict> {
  const found = clauses.find((one) => one.id === clause);
  if (found === undefined) throw new Error(`there is no clause "${clause}"`);
  return runTrial(found, await subjectNamed(subject), mutant);
}

process.on("message", (trial) => {
  judge(trial as Trial) // from ./trial-pool.ts
    .catch((error: unknown): Verdict => ({ passed: true, message: `the trial itself failed: ${String(error)}` }))
    .then((verdict) => process.send?.(verdict))
    .catch(() => process.exit(1));
});
process.on("disconnect", () => process.exit(0));
