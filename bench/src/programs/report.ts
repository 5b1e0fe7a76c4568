import { readFileSync } from "node:fs";

/** What a program that was started for a measurement says on its last line. */
export interface ProgramReport {
  /** Time of the work alone: neither starting Node nor loading modules. */
  readonly ms: number;
  /** The most memory the whole process ever held, in megabytes. */
  readonly peakMb: number;
  readonly records: number;
}

const bytesPerKb = 1024;
const bytesPerMb = 1_000_000;

/**
 * The most memory this program ever held. What the kernel reports of a process (`maxRSS`) includes
 * the program that started it, so that a large parent hides a small child; Linux knows better.
 */
function peakKb(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS;
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]);
}

/** Runs the work and prints the report. */
export async function reportOn(work: () => Promise<number>): Promise<void> {
  const start = performance.now();
  const records = await work();
  const ms = performance.now() - start;
  const peakMb = (peakKb() * bytesPerKb) / bytesPerMb;
  const report: ProgramReport = { ms, peakMb, records };
  console.log(JSON.stringify(report));
}

/** The report on the last line of what a program printed. @throws Error when there is none */
export function parseReport(printed: string): ProgramReport {
  const parsed: Partial<ProgramReport> = JSON.parse(printed.trimEnd().split("\n").at(-1) ?? "");
  const { ms, peakMb, records } = parsed;
  if (ms === undefined || peakMb === undefined || records === undefined) {
    throw new Error("the program reported no figures");
  }
  return { ms, peakMb, records };
}
