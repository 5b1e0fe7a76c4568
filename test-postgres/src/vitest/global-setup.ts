import { leaveRun, runFolder } from "../server/run-folder.ts";

/** Makes this the process that servers end with; the first test that needs one starts it. */
export function setup(): void {
  runFolder();
}

/** Stops what tests have started. */
export function teardown(): void {
  leaveRun();
}
