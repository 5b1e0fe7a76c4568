// Runs a load in a process of its own. Says `ready`, waits for `begin`, ends with its report when
// it is done or told to `stop`, or when whoever started it is gone.
import type { LoadOptions } from "./load-options.ts";
import { openLoad } from "./run-load.ts";

const options: LoadOptions = JSON.parse(process.argv[2] ?? "{}");
const stop = new AbortController();
const begun = Promise.withResolvers<void>();
process.on("message", (message) => {
  if (message === "begin") begun.resolve();
  if (message === "stop") stop.abort();
});
process.once("disconnect", () => {
  stop.abort();
  begun.resolve();
});

const load = await openLoad(options);
process.send?.({ type: "ready" });
await begun.promise;
const report = await load.run({
  stopped: stop.signal,
  onProgress: (calls) => process.send?.({ type: "progress", calls }),
});
process.send?.({ type: "report", report }, () => process.disconnect());
