import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { defineCollection, text } from "@cutover/core";
import { mismatchesOf } from "@cutover/engine";
import { expect, it } from "vitest";
import { openHop, toLive, toShadow } from "../bypass/json-and-sqlite.ts";

const settings = defineCollection<{ token: string; owner: string }>({
  name: "settings",
  fields: { owner: text() },
  unique: ["owner"],
});
const secrets = ["hf_first_secret", "hf_second_secret", "hf_edited_secret", "hf_owner_secret"];
const [first = "", second = "", edited = "", owner = ""] = secrets;

/** Everything that was thrown, returned and told, as text. */
class Heard {
  private readonly texts: string[] = [];

  note(what: unknown): void {
    // Whatever a logger may print of an error: its members, its stack, its causes.
    this.texts.push(inspect(what, { depth: null, showHidden: true, maxStringLength: null }));
  }

  async of(work: Promise<unknown>): Promise<void> {
    this.note(await work.catch((error: unknown) => error));
  }

  get text(): string {
    return this.texts.join("\n");
  }
}

it("no value of a record is in an error, a report, a mismatch, the log, the status, or the control store's files", async () => {
  const heard = new Heard();
  await using hop = await openHop([settings], {
    shadow: { rate: 1, share: 1 },
    onMirrorTrouble: (_unit, trouble) => heard.note(trouble),
  });
  const { operator, unit, storage, control, sqlite, folder } = hop;
  const collection = storage.collection(settings);
  await collection.put("a", { token: first, owner });
  await collection.put("b", { token: second, owner: "b" });
  await toShadow(hop);
  await hop.drained();

  // What differs, and what clashes.
  await sqlite.collection(settings).put("b", { token: edited, owner: "b" });
  await collection.get("b");
  await heard.of(collection.insert("c", { token: first, owner }));
  await heard.of(collection.insert("a", { token: first, owner: "d" }));
  await heard.of(operator.verify(unit));
  heard.note(await mismatchesOf(control, unit.name));
  await heard.of(operator.switch(unit));
  await heard.of(operator.repair(unit, { dryRun: true }));
  await heard.of(operator.repair(unit));

  // What cannot be parsed, right where the secret is.
  const path = join(folder, "settings.json");
  const whole = await readFile(path, "utf8");
  await writeFile(path, whole.replace(`"${first}"`, first));
  await heard.of(collection.get("a"));
  await heard.of(collection.put("d", { token: first, owner: "d" }));
  await heard.of(operator.verify(unit));
  await heard.of(operator.switch(unit));
  await writeFile(path, whole);
  await operator.stepBack(unit);
  await operator.cancel(unit);

  // What somebody else wrote to the mirror.
  await toLive(hop);
  await hop.drained();
  await writeFile(path, (await readFile(path, "utf8")).replace(second, edited));
  await heard.of(operator.reverse(unit));
  await heard.of(operator.verify(unit));
  heard.note(await mismatchesOf(control, unit.name));
  await heard.of(operator.repair(unit, { adopt: true }));
  await writeFile(path, (await readFile(path, "utf8")).replace("{", "{,"));
  await collection.put("e", { token: first, owner: "e" });
  await heard.of(operator.verify(unit));
  await heard.of(operator.reverse(unit));
  heard.note(await operator.status(unit));
  heard.note(await operator.log(1000));

  const told = ["ALREADY_EXISTS", "STAGE_REFUSED", "CORRUPT_DATA", "bypassed", "settings.json"];
  for (const what of told) expect(heard.text).toContain(what);
  for (const secret of secrets) expect(heard.text).not.toContain(secret);
  const state = join(folder, ".cutover");
  const files = (await readdir(state)).filter((name) => name.startsWith("control"));
  expect(files).toContain("control.db");
  for (const name of files) {
    const bytes = await readFile(join(state, name), "latin1").catch(() => "");
    for (const secret of secrets) expect(bytes).not.toContain(secret);
  }
});
