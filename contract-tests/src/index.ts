export type { Clause, ClauseContext, OpenOptions, SecondProcess, Topic } from "./clause.ts";
export type { ContractSubject, OpenSubject, SubjectOptions } from "./subject.ts";
