import { join } from "node:path";
import type { CommandScenario } from "./command-scenario.ts";
import { DataFolder, firstRecords, models } from "./data-folder.ts";
import { type Ended, signalled } from "./signalled.ts";
import type { StopScene } from "./stop-report.ts";

const program = join(import.meta.dirname, "../../../packages/cutover/src/bin.ts");
/** 0 done, 130 interrupted. */
const exitCodes: readonly (number | null)[] = [0, 130];

/** A folder in which a command gets SIGTERM. */
export class CommandScene implements StopScene {
  readonly isNewEachTime = false;
  readonly #scenario: CommandScenario;
  readonly #folder: DataFolder;
  #writes = 0;

  /** @param place an empty folder */
  constructor(scenario: CommandScenario, place: string) {
    this.#scenario = scenario;
    this.#folder = DataFolder.made(place, scenario.isGradual);
  }

  prepare(): Promise<void> {
    return this.#folder.walk(this.#scenario.way);
  }

  stop(at: number): Promise<Ended> {
    return signalled(program, this.#folder.argv(this.#scenario.words), { at });
  }

  async judge({ code, isSignalled, complaints }: Ended): Promise<string[]> {
    const { interrupted, done } = this.#scenario;
    if (!exitCodes.includes(code) || (code !== 0 && !isSignalled))
      return [`it ended with ${code}: ${complaints}`];
    const where = await this.#folder.where();
    const isRight = code === 0 ? where === done : interrupted.test(where);
    const problems = isRight ? [] : [`it ended with ${code}, and all is at ${where}`];
    await this.#writeAndRead(problems);
    if (code !== 0) await this.#again(problems);
    return problems;
  }

  back(): Promise<void> {
    return this.#folder.walk(this.#scenario.back);
  }

  async end(): Promise<string[]> {
    return [];
  }

  /** The same command finishes the work. */
  async #again(problems: string[]): Promise<void> {
    const { code, stderr } = await this.#folder.run(this.#scenario.words);
    const where = await this.#folder.where();
    if (code !== 0 || where !== this.#scenario.done)
      problems.push(`the same again ended with ${code}, and all is at ${where}: ${stderr}`);
    await this.#writeAndRead(problems);
  }

  /** An application opens the folder: it is kept out by no lock, and finds everything. */
  async #writeAndRead(problems: string[]): Promise<void> {
    const storage = await this.#folder.open();
    try {
      const own = storage.collection(models);
      this.#writes += 1;
      await own.put("after", { name: String(this.#writes) });
      const count = await own.count();
      if (count !== firstRecords + 1) problems.push(`there are ${count} records`);
    } finally {
      await storage.close();
    }
  }
}
