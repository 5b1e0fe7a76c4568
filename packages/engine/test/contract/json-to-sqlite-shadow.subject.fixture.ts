import { openAt } from "./pairs.ts";
import type { OpenSubject } from "@cutover/contract-tests";

/** Opens the stores of a clause; a second process imports this too. */
export const open: OpenSubject = openAt("json → sqlite", "shadow");
