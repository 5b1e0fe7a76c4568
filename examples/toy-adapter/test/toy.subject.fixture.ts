import type { OpenSubject } from "@cutover/contract-tests";
import { logBackend } from "../src/log-backend.ts";

/** Opens the store of a clause; a second process imports this too. */
export const open: OpenSubject = (location, { clock, lockTimeoutMs }) =>
  logBackend({
    folder: location,
    ...(clock === undefined ? {} : { clock }),
    ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
  });
