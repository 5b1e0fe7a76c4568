import { boolean, defineCollection, json, text } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";

const [, , path = ""] = process.argv;

function isRefused(): boolean {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval, no-new-func
    return typeof new Function("return 1") !== "function";
  } catch (error) {
    return error instanceof EvalError;
  }
}

const definition = defineCollection({
  name: "records",
  fields: { title: text(), tags: json(), open: boolean() },
});
const storage = sqliteBackend({ path });
const records = storage.collection(definition);
await records.put("a", { title: "One", tags: ["a"], open: true });
await records.put("b", { open: false });
const outcome = {
  refused: isRefused(),
  got: await records.get("a"),
  found: await records.find(),
};
await storage.close();
console.log(JSON.stringify(outcome));
