import { ClauseScope } from "./clause-scope.ts";
import type { Clause } from "./clause.ts";
import type { ContractSubject } from "./subject.ts";

/** What {@link runClause} accepts. */
export interface RunOptions {
  /** See `ClauseContext.scale`. Default: 1. */
  readonly scale?: number;
  /** A clause that takes longer has failed: something it waits for never comes. Default: 110,000. */
  readonly timeoutMs?: number;
}

async function finished(work: Promise<void>, clause: Clause, timeoutMs: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`${clause.id}: not finished after ${timeoutMs} ms`)),
    timeoutMs,
  );
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function prove(clause: Clause, scope: ClauseScope): Promise<void> {
  const { capabilities } = scope;
  if (clause.needs === undefined || clause.needs(capabilities)) await clause.run(scope);
  else if (clause.without !== undefined) await clause.without(scope);
  else throw new Error(`${clause.id}: has needs and does not say what holds without them`);
}

/**
 * Proves one clause on a fresh store in a folder of its own, which is removed afterwards.
 * Needs no test runner.
 *
 * @throws whatever the clause asserts, or an error of the store
 */
export async function runClause(
  clause: Clause,
  subject: ContractSubject,
  options: RunOptions = {},
): Promise<void> {
  const { scale = 1, timeoutMs = 110_000 } = options;
  const scope = await ClauseScope.begin(subject, scale);
  try {
    await finished(prove(clause, scope), clause, timeoutMs);
  } catch (error) {
    // What broke the clause matters, not what may follow from it.
    await scope.end().catch(() => undefined);
    throw error;
  }
  await scope.end();
}
