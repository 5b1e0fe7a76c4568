// Loaded before a program, it sends that program SIGTERM after so many of its steps, and perhaps
// again after some more (CUTOVER_STOP_AT: `first,second`), says `!` on descriptor 3 when it does for
// the first time, and at the end how many steps there were. Counting begins
// when the program listens to SIGTERM. A step is what the process does after an await or in a callback.
import { createHook } from "node:async_hooks";
import { writeSync } from "node:fs";

// What programs load on their way is there already: loading it is not what is to be stopped.
await import("@cutover/engine");
await import("@cutover/json");
await import("@cutover/kysely/sqlite");
await import("@cutover/kysely/control");
await import("../../../packages/cutover/src/cli.ts");

const [first, second] = (process.env["CUTOVER_STOP_AT"] ?? "").split(",").map(Number);
let steps = 0;
const hook = createHook({
  after: () => {
    steps += 1;
    if (steps !== first && steps !== second) return;
    if (steps === first) writeSync(3, "!");
    process.kill(process.pid, "SIGTERM");
  },
});
process.on("newListener", (name) => {
  if (name === "SIGTERM") hook.enable();
});
process.on("exit", () => {
  hook.disable();
  writeSync(3, `${steps}`);
});
