import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DataFolder } from "./data-folder.ts";
import type { OneWayScenario } from "./one-way-scenario.ts";
import { type Ended, signalled } from "./signalled.ts";
import type { StopScene } from "./stop-report.ts";
import { twin } from "./twin.ts";

const cutover = join(import.meta.dirname, "../../../packages/cutover/src/bin.ts");
const interruptedCode = 130;
/** The second SIGTERM comes so many steps later, at most. */
const mostBetween = 8;

/** A folder in which a command gets SIGTERM, made anew each time; every other time twice. */
export class OneWayScene implements StopScene {
  readonly isNewEachTime = true;
  readonly #scenario: OneWayScenario;
  readonly #place: string;
  readonly #folder: DataFolder;
  #isHurried = false;

  /** @param place an empty folder */
  constructor(scenario: OneWayScenario, place: string) {
    this.#scenario = scenario;
    this.#place = mkdtempSync(join(place, "one-way-"));
    this.#folder = DataFolder.made(this.#place, scenario.isGradual);
  }

  async prepare(): Promise<void> {
    await this.#scenario.prepare(this.#folder);
    twin(this.#place, this.#untouched);
  }

  get #untouched(): string {
    return `${this.#place}.untouched`;
  }

  stop(at: number): Promise<Ended> {
    this.#isHurried = at % 2 === 1;
    const again = this.#isHurried ? at + (at % mostBetween) : undefined;
    const { program = cutover } = this.#scenario;
    return signalled(program, this.#folder.argv(this.#scenario.words), { at, again });
  }

  async judge({ code, isSignalled, complaints }: Ended): Promise<string[]> {
    const { done, interrupted, hurried = interrupted } = this.#scenario;
    if (code !== 0 && (code !== interruptedCode || !isSignalled))
      return [`it ended with ${code}: ${complaints}`];
    const found = await this.#look();
    const isRight = (this.#isHurried ? hurried : interrupted).test(found);
    if (code === 0) return found === done ? [] : [`it ended with 0, and this is left: ${found}`];
    const problems = isRight ? [] : [`it ended with ${code}, and this is left: ${found}`];
    if (found !== done) await this.#again(problems);
    return problems;
  }

  back(): Promise<void> {
    rmSync(this.#place, { recursive: true });
    twin(this.#untouched, this.#place);
    return Promise.resolve();
  }

  end(): Promise<string[]> {
    return Promise.resolve([]);
  }

  /** Looks at a copy: what is done to find something out must not help. */
  async #look(): Promise<string> {
    const copy = `${this.#place}.copy`;
    twin(this.#place, copy);
    const path = this.#folder.path.replace(this.#place, copy);
    try {
      return await this.#scenario.look(new DataFolder(path, this.#scenario.isGradual));
    } finally {
      rmSync(copy, { recursive: true });
    }
  }

  /** The same command finishes the work. */
  async #again(problems: string[]): Promise<void> {
    this.#scenario.clear?.(this.#folder);
    const { code, stderr } = await this.#folder.run(this.#scenario.words);
    const found = await this.#look();
    if (code !== 0 || found !== this.#scenario.done)
      problems.push(`the same again ended with ${code}, and this is left: ${found}: ${stderr}`);
  }
}
