export type { Clause, ClauseContext, OpenOptions, SecondProcess, Topic } from "./clause.ts";
export { hostileKeys } from "./corpus/hostile-keys.ts";
export { hostileValues } from "./corpus/hostile-values.ts";
export { invalidKeys } from "./corpus/invalid-keys.ts";
export { invalidValues, type InvalidValue } from "./corpus/invalid-values.ts";
export { runClause, type RunOptions } from "./run-clause.ts";
export { storageContract } from "./storage-contract.ts";
export type { ContractSubject, OpenSubject, SubjectOptions } from "./subject.ts";
export { clauses, topics } from "./topics.ts";
