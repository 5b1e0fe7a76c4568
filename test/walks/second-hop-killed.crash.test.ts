import { spawn } from "node:child_process";
import { once } from "node:events";
import { text as textOf } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { defineCollection, isStorageError, text, type StorageBackend } from "@cutover/core";
import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, it } from "vitest";
import { openStorage } from "../../packages/cutover/src/open-storage.ts";
import { cutover, type Ran } from "./hops/cutover.ts";
import { dataFolder, postgres, writeConfig } from "./hops/scene.ts";

const program = fileURLToPath(new URL("hops/killed.fixture.ts", import.meta.url));
const models = defineCollection({ name: "models", fields: { name: text() } });
const hop = { from: "sqlite", to: "postgres" };
const isFull = process.env["CUTOVER_PROOF"] === "full";

/** Of the steps that each of the two takes: about 150, and about 290. */
const moments = {
  start: isFull ? Array.from({ length: 50 }, (_, index) => 1 + index * 3) : [60, 110],
  rollback: isFull ? Array.from({ length: 50 }, (_, index) => 1 + index * 6) : [200],
} as const;

/** What became of a command that was killed. */
interface Outcome {
  readonly nth: number;
  readonly isKilled: boolean;
  /** Whether processes that know the second hop were served all the time. */
  readonly isServed: boolean;
  /** Whether those that know only the first were kept out at its end, or let in. */
  readonly isRight: boolean;
  /** What was acknowledged and is not there. */
  readonly missing: readonly string[];
}

/** A folder whose first hop is complete, and what becomes of it. */
class Scene {
  readonly acknowledged = new Set<string>();
  private readonly folder: string;
  private readonly configs: Readonly<Record<"first" | "second", string>>;
  private readonly env: Readonly<Record<string, string>>;

  private constructor(
    folder: string,
    configs: Scene["configs"],
    env: Readonly<Record<string, string>>,
  ) {
    this.folder = folder;
    this.configs = configs;
    this.env = env;
  }

  static async make(url: string): Promise<Scene> {
    const folder = await dataFolder();
    const settings = { cutover: { reverseWindowDays: 0 } };
    const first = await writeConfig(folder, "first", settings);
    const second = await writeConfig(folder, "second", { ...settings, hop, postgres });
    const scene = new Scene(folder, { first, second }, { APP_DATABASE: url });
    for (const verb of ["migrate", "complete", "complete"]) await scene.must(verb, "first");
    return scene;
  }

  run(verb: string, config: "first" | "second"): Promise<Ran> {
    const yes = verb === "complete" || verb === "rollback" ? ["--yes"] : [];
    return cutover([verb, this.folder, "--config", this.configs[config], ...yes], this.env);
  }

  /** @throws Error unless it ends well */
  async must(verb: string, config: "first" | "second"): Promise<void> {
    const { code, output } = await this.run(verb, config);
    if (code !== 0) throw new Error(`${verb}: ${output}`);
  }

  /** Runs a verb of the second hop in a process that dies before its `nth` step. @returns whether it came so far */
  async killed(verb: "start" | "rollback", nth: number): Promise<boolean> {
    const yes = verb === "rollback" ? ["--yes"] : [];
    const argv = [verb, this.folder, "--config", this.configs.second, ...yes];
    const child = spawn(
      process.execPath,
      ["--conditions=@cutover/source", program, String(nth), ...argv],
      { env: { ...process.env, ...this.env }, stdio: ["ignore", "ignore", "pipe"] },
    );
    const [told] = await Promise.all([textOf(child.stderr), once(child, "close")]);
    if (told !== "" && !told.startsWith("steps ")) throw new Error(`${verb}: ${told}`);
    return told === "";
  }

  open(config: "first" | "second"): Promise<StorageBackend> {
    return openStorage({ folder: this.folder, config: this.configs[config], env: this.env });
  }

  /** Whether a write, and what it takes to be opened before, is accepted; it may only be refused. */
  async writes(key: string, storage: () => Promise<StorageBackend>): Promise<boolean> {
    try {
      await (await storage()).collection(models).put(key, { name: key });
      this.acknowledged.add(key);
      return true;
    } catch (error) {
      if (isStorageError(error, "STAGE_REFUSED")) return false;
      throw error;
    }
  }

  /** What was acknowledged and is not there. */
  async missing(config: "first" | "second"): Promise<readonly string[]> {
    await using storage = await this.open(config);
    const found = await storage.collection(models).getMany([...this.acknowledged]);
    return [...this.acknowledged].filter((key) => !found.has(key));
  }

  /** A start that is killed: whoever may write afterwards is heard on the whole way to Postgres. */
  async forth(nth: number): Promise<Outcome> {
    await using old = await this.open("first");
    await this.writes(`before ${nth}`, async () => old);
    const isKilled = await this.killed("start", nth);
    await using young = await this.open("second");
    await this.writes(`old ${nth}`, async () => old);
    const isServed = await this.writes(`young ${nth}`, async () => young);
    await this.must("migrate", "second");
    const isFenced = !(await this.writes(`late ${nth}`, async () => old));
    return { nth, isKilled, isServed, isRight: isFenced, missing: await this.missing("second") };
  }

  /** A way back that is killed: whoever may write afterwards is heard when it has ended. */
  async back(nth: number): Promise<Outcome> {
    await using young = await this.open("second");
    const isKilled = await this.killed("rollback", nth);
    const isServed = await this.writes(`young, back ${nth}`, async () => young);
    await this.writes(`old, back ${nth}`, () => this.open("first"));
    // There is nothing left to do where the last step was killed.
    await this.run("rollback", "second");
    const isLetIn = await this.writes(`old, home ${nth}`, () => this.open("first"));
    return { nth, isKilled, isServed, isRight: isLetIn, missing: await this.missing("first") };
  }
}

const well = { isServed: true, isRight: true, missing: [] };

describePostgres("a second hop whose commands are killed", () => {
  it("loses nothing that was acknowledged, wherever its start or its way back dies", async () => {
    await using database = await (await startPostgres()).database();
    const scene = await Scene.make(database.url);
    let killed = 0;
    for (const nth of moments.start) {
      const outcome = await scene.forth(nth);
      expect(outcome).toMatchObject({ nth, ...well });
      killed += Number(outcome.isKilled);
      await scene.must("rollback", "second");
    }
    for (const nth of moments.rollback) {
      await scene.must("migrate", "second");
      const outcome = await scene.back(nth);
      expect(outcome).toMatchObject({ nth, ...well });
      killed += Number(outcome.isKilled);
    }
    expect(killed).toBeGreaterThan((moments.start.length + moments.rollback.length) / 2);
  });
});
