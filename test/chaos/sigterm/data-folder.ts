import { mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CollectionDefinition,
  defineCollection,
  type StorageBackend,
  text,
} from "@cutover/core";
import { openStorage } from "../../../packages/cutover/src/index.ts";
import { type Ran, run, runJson } from "../../../packages/cutover/test/commands/run.ts";

type Model = { name: string };
export const models: CollectionDefinition<Model> = defineCollection<Model>({
  name: "models",
  fields: { name: text() },
});
/** Records of the collection that every folder begins with. */
export const firstRecords = 40;

const collections = [{ name: "models", fields: { name: { kind: "text" } } }, { name: "tags" }];
/** The other collection is a unit by itself. */
const teams = { assets: { collections: ["models"] } };

/** A folder with JSON files and a config, and commands that move it, run in this process. */
export class DataFolder {
  readonly path: string;
  readonly #isGradual: boolean;

  /** @param place where it is made */
  constructor(place: string, isGradual: boolean) {
    this.path = mkdtempSync(join(place, "data-"));
    this.#isGradual = isGradual;
    this.#write("cutover.config.json", {
      database: "app.db",
      collections,
      ...(isGradual ? { teams } : {}),
    });
    const own = Array.from({ length: firstRecords }, (_unused, n) => [`m${n}`, { name: `${n}` }]);
    this.#write("models.json", Object.fromEntries(own));
    this.#write("tags.json", { red: { n: 1 } });
  }

  /** Where it stands: the store in charge, or the stages of its units. */
  async where(): Promise<string> {
    const { answer } = await runJson(["status", this.path]);
    if (!this.#isGradual) return String(answer["backend"]);
    const units = [answer["units"]].flat();
    return units.map((unit) => String(Reflect.get(Object(unit), "stage"))).join();
  }

  /** A command's words with the folder in its place. */
  argv([word = "", ...rest]: readonly string[]): string[] {
    return [word, this.path, ...rest];
  }

  run(words: readonly string[]): Promise<Ran> {
    return run(this.argv(words));
  }

  /** @throws when one of them does not end with 0 */
  async walk(way: readonly (readonly string[])[]): Promise<void> {
    for (const words of way) {
      const { code, stderr, stdout } = await this.run(words);
      if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}: ${stderr}${stdout}`);
    }
  }

  open(): Promise<StorageBackend> {
    return openStorage({ folder: this.path, env: {} });
  }

  #write(name: string, value: unknown): void {
    writeFileSync(join(this.path, name), JSON.stringify(value, null, 2));
  }
}
