// argv: path of the control store. Opens it, then does what it is told, one task at a time.
import type { CommitStep } from "../../src/control/committer.ts";
import { SqliteControlStore } from "../../src/control/sqlite-control-store.ts";
import { serveTasks } from "./control-tasks.ts";

const [path = ""] = process.argv.slice(2);
let dieAt: CommitStep | undefined;
let lingering = false;
const control = new SqliteControlStore({
  path,
  nowMs: Date.now,
  pause: (step) => {
    if (step === dieAt) process.kill(process.pid, "SIGKILL");
    // Long enough for others to come between, if they can.
    if (lingering) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
  },
});
await serveTasks(control, (told) => {
  if (told.task === "commits") lingering = true;
  if (told.task === "dieInCommit") dieAt = told.step;
});
