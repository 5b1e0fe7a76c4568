import type { ContractSubject } from "../subject.ts";
import { clauses } from "../topics.ts";
import { runTrial, type Trial, type Verdict } from "./trial.ts";
import { trusted } from "../proof/trusted.ts";

// Faults leave promises behind that nobody awaits; they are not this process's business.
process.on("unhandledRejection", () => undefined);
process.on("uncaughtException", () => undefined);

async function subjectNamed(name: string): Promise<ContractSubject> {
  const module = trusted<{ readonly subjects: readonly ContractSubject[] }>(
    await import(process.argv[2] ?? ""),
  );
  const subject = module.subjects.find((one) => one.name === name);
  if (subject === undefined) throw new Error(`there is no subject "${name}"`);
  return subject;
}

async function judge({ subject, mutant, clause, patienceMs }: Trial): Promise<Verdict> {
  const found = clauses.find((one) => one.id === clause);
  if (found === undefined) throw new Error(`there is no clause "${clause}"`);
  return runTrial(found, await subjectNamed(subject), {
    mutant,
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });
}

process.on("message", (trial) => {
  judge(trusted(trial))
    .catch((error: unknown): Verdict => ({
      passed: true,
      message: `the trial itself failed: ${String(error)}`,
    }))
    .then((verdict) => process.send?.(verdict))
    .catch(() => process.exit(1));
});
process.on("disconnect", () => process.exit(0));
