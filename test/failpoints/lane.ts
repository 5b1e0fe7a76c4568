import { strict as assert } from "node:assert";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { Examiner, type Examined } from "./examiner.ts";
import { OtherProcess } from "./other-process.ts";
import { commandOf, type Scenario } from "./scenario.ts";
import { collectionNames } from "./subject.ts";

const program = join(import.meta.dirname, "victim.fixture.ts");
/** Calls that another process must get through after the death of the victim. */
const callsAfter = 5;

/** What takes longer does not come back. Milliseconds. */
export interface Deadlines {
  readonly victimMs: number;
  /** Of every other part of a scenario. */
  readonly restMs: number;
}

/** What lanes are made with. */
export interface LaneOptions {
  readonly deadlines: Deadlines;
  /** Set for all processes, besides what this one has. Default: nothing. */
  readonly env?: NodeJS.ProcessEnv;
}

/** What an examination found, by a process that is there for the next one. */
class Complaint extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * Runs scenarios one after the other. The other application and the examiner are the same processes
 * for all of them; whoever does not come back is killed at the scenario's deadline.
 */
export class Lane {
  /** What its folders' names begin with. */
  private readonly root: string;
  private readonly deadlines: Deadlines;
  private readonly env: NodeJS.ProcessEnv;
  private examiner: Examiner | undefined;
  private other: OtherProcess | undefined;
  private victim: ChildProcess | undefined;
  private count = 0;
  private late = Promise.withResolvers<never>();
  private timer: NodeJS.Timeout | undefined;

  /** @param root a folder that all lanes share */
  constructor(root: string, name: string, { deadlines, env = {} }: LaneOptions) {
    this.root = join(root, `${name}-`);
    this.deadlines = deadlines;
    // Each victim is a process of its own: most of its life would go by compiling.
    this.env = { ...process.env, NODE_COMPILE_CACHE: join(root, "compiled"), ...env };
  }

  /** Rejects with what is wrong, and how to see it again. */
  async run(scenario: Scenario): Promise<Examined> {
    this.late = Promise.withResolvers<never>();
    const played = this.play(scenario);
    try {
      return await Promise.race([played, this.late.promise]);
    } catch (error) {
      // Otherwise nobody knows what they are doing now.
      if (!(error instanceof Complaint)) await this.end();
      await played.catch(() => undefined);
      const what = error instanceof Error ? error.message : String(error);
      const message = `${scenario.title}: ${what}\nTo see it again: ${commandOf(scenario)}`;
      throw new Error(message, { cause: error });
    } finally {
      clearTimeout(this.timer);
    }
  }

  /** What comes next has so much time to end. */
  private begin(what: string, ms: number): void {
    clearTimeout(this.timer);
    const { reject } = this.late;
    this.timer = setTimeout(() => {
      const pid =
        this.victim === undefined ? "" : `; the victim, process ${this.victim.pid}, was killed`;
      reject(new Error(`${what} took longer than ${ms} ms${pid}`));
    }, ms);
  }

  private async play(scenario: Scenario): Promise<Examined> {
    const examiner = (this.examiner ??= new Examiner(mkdtempSync(this.root), this.env));
    const { victimMs, restMs } = this.deadlines;
    this.begin("the preparation", restMs);
    const folder = await examiner.prepare(scenario);
    const other = await this.beginOther(folder, scenario);
    this.begin("the victim", victimMs);
    const how = await this.dies(folder, scenario);
    assert.equal(how, "SIGKILL", `the victim ended with ${how}`);
    this.begin("the other process, which goes on,", restMs);
    await other.goesOn(callsAfter);
    await other.end();
    this.begin("the examination", restMs);
    try {
      return await examiner.examine(scenario, folder);
    } catch (error) {
      throw examiner.isGone ? error : new Complaint(error);
    }
  }

  private async beginOther(folder: string, scenario: Scenario): Promise<OtherProcess> {
    const other = (this.other ??= new OtherProcess(this.env));
    const written = collectionNames.filter((name) => !scenario.alone.includes(name));
    const { otherDrains: drains } = scenario;
    await other.begin({ folder, seed: ++this.count, in: written, drains });
    return other;
  }

  private async dies(folder: string, scenario: Scenario): Promise<string> {
    const args = ["--conditions=@cutover/source", program, folder, JSON.stringify(scenario)];
    const stdio = ["ignore", "ignore", "pipe"] as const;
    const victim = spawn(process.execPath, args, { stdio: [...stdio], env: this.env });
    this.victim = victim;
    let complaint = "";
    victim.stderr.on("data", (text: Buffer) => (complaint += text.toString()));
    const { promise, resolve } = Promise.withResolvers<string>();
    victim.once("close", (code, signal) => {
      this.victim = undefined;
      resolve(signal ?? `code ${code}: ${complaint}`);
    });
    return promise;
  }

  /** Settles when nothing that it started is left. */
  async end(): Promise<void> {
    const { other, examiner } = this;
    this.victim?.kill("SIGKILL");
    this.other = undefined;
    this.examiner = undefined;
    await Promise.all([other?.kill(), examiner?.kill()]);
  }
}
