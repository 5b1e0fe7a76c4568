import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { strict as assert } from "node:assert";
import { TurnQueue } from "@cutover/core";
import { Examination } from "./examination.ts";
import { OtherProcess } from "./other-process.ts";
import type { Scenario } from "./scenario.ts";
import { collectionNames } from "./subject.ts";
import type { Templates } from "./templates.ts";

const program = join(import.meta.dirname, "victim.fixture.ts");
/** Calls that another process must get through after the death of the victim. */
const callsAfter = 5;

/** Runs scenarios one after the other; the other application is the same process for all of them. */
export class Lane {
  private readonly templates: Templates;
  private readonly turns = new TurnQueue();
  private other: OtherProcess | undefined;
  private count = 0;

  constructor(templates: Templates) {
    this.templates = templates;
  }

  /** @returns the failpoint that the victim wrote down before it died */
  async run(scenario: Scenario): Promise<string> {
    const end = await this.turns.take({ timeoutMs: Infinity, signal: undefined });
    return this.play(scenario).finally(end);
  }

  private async play(scenario: Scenario): Promise<string> {
    const folder = await this.templates.copy(scenario.stage, scenario.dirt);
    try {
      await this.live(folder, scenario);
    } catch (error) {
      // Nobody knows what it is doing now.
      this.end();
      throw error;
    }
    const examination = new Examination(folder, scenario);
    await examination.asLeft();
    await examination.mend();
    await examination.asMended();
    const hit = hitIn(folder);
    rmSync(folder, { recursive: true });
    return hit;
  }

  private async live(folder: string, scenario: Scenario): Promise<void> {
    this.other ??= new OtherProcess();
    const written = collectionNames.filter((name) => !scenario.alone.includes(name));
    const { otherDrains: drains } = scenario;
    await this.other.begin({ folder, seed: ++this.count, in: written, drains });
    const how = await dies(folder, scenario);
    assert.equal(how, "SIGKILL", `the victim ended with ${how}`);
    await this.other.goesOn(callsAfter);
    await this.other.end();
  }

  end(): void {
    this.other?.kill();
    this.other = undefined;
  }
}

async function dies(folder: string, scenario: Scenario): Promise<string> {
  const args = ["--conditions=@cutover/source", program, folder, JSON.stringify(scenario)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr.on("data", (text: Buffer) => (complaint += text.toString()));
  const { promise, resolve } = Promise.withResolvers<string>();
  child.once("close", (code, signal) => resolve(signal ?? `code ${code}: ${complaint}`));
  return promise;
}

function hitIn(folder: string): string {
  const path = join(folder, "hits.txt");
  return existsSync(path) ? readFileSync(path, "utf8").trim() : "";
}
