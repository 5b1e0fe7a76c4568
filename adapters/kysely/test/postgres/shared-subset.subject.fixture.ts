import type { ContractSubject, OpenSubject } from "@cutover/contract-tests";
import { engineSubject } from "./engine-subject.ts";
import { sharedEngine } from "./tested-engines.ts";

/** What distributed engines share, on a server that has more. */
export const subject: ContractSubject = engineSubject(sharedEngine, {
  name: "postgres, no more than distributed engines share",
  module: new URL(import.meta.url),
});

/** Opens the store of a clause in a second process. */
export const open: OpenSubject = subject.open;
