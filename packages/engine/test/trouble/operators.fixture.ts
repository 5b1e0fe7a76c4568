import { isStorageError } from "@cutover/core";
import { sceneIn } from "./scene.ts";

/** An operator in a process of its own: waits for the word, acts, and says what came of it. */
const [folder = ""] = process.argv.slice(2);
const scene = await sceneIn({ folder, operator: { actor: `process ${process.pid}` } });

process.on("message", (action: unknown) => {
  void (async () => {
    const { operator, unit } = scene;
    const acts: Record<string, () => Promise<unknown>> = {
      start: () => operator.start(unit),
      advance: () => operator.advance(unit),
      switch: () => operator.switch(unit, { force: true, reason: "a test" }),
      reverse: () => operator.reverse(unit),
      cancel: () => operator.cancel(unit),
    };
    const outcome = await acts[String(action)]?.().then(
      () => "done",
      (error: unknown) => (isStorageError(error) ? error.code : String(error)),
    );
    process.send?.(outcome ?? "unknown action");
  })();
});
process.on("disconnect", () => void scene.close());
process.send?.("ready");
