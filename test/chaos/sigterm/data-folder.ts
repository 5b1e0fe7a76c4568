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

/** Stands for the backup of a folder in the words of a command. */
export const backupWord = ".backup";

const collections = [{ name: "models", fields: { name: { kind: "text" } } }, { name: "tags" }];
/** The other collection is a unit by itself. */
const teams = { assets: { collections: ["models"] } };

/** What the files of the models hold in the beginning. */
export function firstModels(): Record<string, Model> {
  const records = Array.from({ length: firstRecords }, (_unused, n) => [`m${n}`, { name: `${n}` }]);
  return Object.fromEntries(records);
}

/** The time to go back is over at once. */
const cutover = { reverseWindowDays: 0 };

/** A folder with JSON files and a config, and commands that move it, run in this process. */
export class DataFolder {
  readonly path: string;
  readonly #isGradual: boolean;

  /** @param path where it lies; see {@link DataFolder.made} */
  constructor(path: string, isGradual: boolean) {
    this.path = path;
    this.#isGradual = isGradual;
  }

  /** One with data that nobody has moved yet. @param place where it is made */
  static made(place: string, isGradual: boolean): DataFolder {
    const folder = new DataFolder(mkdtempSync(join(place, "data-")), isGradual);
    folder.write("cutover.config.json", {
      database: "app.db",
      collections,
      ...(isGradual ? { teams, cutover } : {}),
    });
    folder.write("models.json", firstModels());
    folder.write("tags.json", { red: { n: 1 } });
    return folder;
  }

  /** Where it stands: the store in charge, or the stages of its units. */
  async where(): Promise<string> {
    const { answer } = await runJson(["status", this.path]);
    if (!this.#isGradual) return String(answer["backend"]);
    const units = [answer["units"]].flat();
    return units.map((unit) => String(Reflect.get(Object(unit), "stage"))).join();
  }

  /** Where its backup lies. */
  get backup(): string {
    return `${this.path}${backupWord}`;
  }

  /**
   * A command's words with the folder in its place, and its backup in that of {@link backupWord}.
   * @param words the first may be two, such as `mismatches recheck`
   */
  argv([verb = "", ...rest]: readonly string[]): string[] {
    const others = rest.map((own) => (own === backupWord ? this.backup : own));
    return [...verb.split(" "), this.path, ...others];
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

  /** A JSON file, as by hand. */
  write(name: string, value: unknown): void {
    writeFileSync(join(this.path, name), JSON.stringify(value, null, 2));
  }
}
