import { startLoads, type LoadProcess } from "../../histories/load/load-process.ts";
import type { LoadOptions } from "../../histories/load/load-options.ts";
import type { LoadReport } from "../../histories/load/load-report.ts";

/** What all processes of a crew have in common. */
export type CrewOptions = Omit<LoadOptions, "process" | "seed">;

/** Processes under load, each of which may be killed and replaced. */
export class Crew {
  readonly reports: LoadReport[] = [];
  private readonly options: CrewOptions;
  private readonly members: LoadProcess[] = [];
  private hired = 0;

  constructor(options: CrewOptions) {
    this.options = options;
  }

  private newcomer(): LoadOptions {
    this.hired++;
    return { ...this.options, process: `p${this.hired}`, seed: this.hired };
  }

  async hire(count: number): Promise<void> {
    const loads = Array.from({ length: count }, () => this.newcomer());
    this.members.push(...(await startLoads(loads)));
  }

  /** Waits until every process has made so many calls more. */
  async advanced(calls: number): Promise<void> {
    await Promise.all(this.members.map((member) => member.advanced(calls)));
  }

  /** SIGKILL for the one that is there longest, and a new one in its place. */
  async replaceOne(): Promise<void> {
    await this.members.shift()?.kill();
    await this.hire(1);
  }

  /** Lets everybody end what they are at. */
  async dismiss(): Promise<void> {
    const reports = await Promise.all(this.members.splice(0).map((member) => member.stop()));
    this.reports.push(...reports.filter((report) => report !== undefined));
  }

  /** For a test that has failed. */
  async killAll(): Promise<void> {
    await Promise.allSettled(this.members.map((member) => member.kill()));
  }
}
