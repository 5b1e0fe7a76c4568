export type { Clause, ClauseContext, SecondProcess, Topic } from "./clause.ts";
export type { ContractSubject, SubjectOptions } from "./subject.ts";
