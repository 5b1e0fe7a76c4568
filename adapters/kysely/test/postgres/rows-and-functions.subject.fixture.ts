import type { ContractSubject, OpenSubject } from "@cutover/contract-tests";
import { engineSubject } from "./engine-subject.ts";
import { rowsAndFunctions } from "./tested-engines.ts";

/** What YugabyteDB is thought to have: all but advisory locks. */
export const subject: ContractSubject = engineSubject(rowsAndFunctions, {
  name: "postgres, locks by rows beside functions",
  module: new URL(import.meta.url),
});

/** Opens the store of a clause in a second process. */
export const open: OpenSubject = subject.open;
