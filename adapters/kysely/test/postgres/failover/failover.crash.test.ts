import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { postgresBackend } from "@cutover/kysely/postgres";
import { startCluster } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, it } from "vitest";
import { counters, notes, type Report } from "./collections.ts";

const program = fileURLToPath(new URL("writer.fixture.ts", import.meta.url));
const writers = ["a", "b", "c", "d"];
/** How long they write on each side of the failover. */
const stretchMs = 1500;

function start(url: string, name: string): ChildProcess {
  return fork(program, [url, name], { execArgv: ["--conditions=@cutover/source"] });
}

async function reportOf(child: ChildProcess): Promise<Report> {
  const reported = once(child, "message");
  child.send("stop");
  const [report]: [Report] = JSON.parse(JSON.stringify(await reported));
  return report;
}

const sum = (reports: readonly Report[], of: (report: Report) => number): number =>
  reports.reduce((total, report) => total + of(report), 0);

describePostgres("a primary that is killed while four processes write", () => {
  it("is followed by its standby: what was acknowledged is there, once, and all carry on", async () => {
    await using cluster = await startCluster();
    const children = writers.map((name) => start(cluster.url, name));
    let reports: Report[];
    try {
      await Promise.all(children.map((child) => once(child, "message")));
      await sleep(stretchMs);
      cluster.killPrimary();
      cluster.promote();
      for (const child of children) child.send("mark");
      await sleep(stretchMs);
      reports = await Promise.all(children.map(reportOf));
    } finally {
      for (const child of children) child.kill("SIGKILL");
    }

    const backend = postgresBackend({ connectionString: cluster.url });
    const found = new Set((await backend.collection(notes).find()).map(({ key }) => key));
    const counted = (await backend.collection(counters).get("all"))?.count ?? 0;
    await backend.close();
    const lost = reports.flatMap(({ inserted }) => inserted.filter((key) => !found.has(key)));
    expect(lost).toEqual([]);
    const increments = sum(reports, (report) => report.increments);
    const unknown = sum(reports, (report) => report.unknown);
    // Nothing is lost and nothing applied twice; of what nobody knows, either may be.
    expect(counted).toBeGreaterThanOrEqual(increments);
    expect(counted).toBeLessThanOrEqual(increments + unknown);
    // A repetition of one's own insertion would have met itself.
    expect(reports.map(({ errors }) => errors["ALREADY_EXISTS"])).toEqual(
      writers.map(() => undefined),
    );
    expect(Math.min(...reports.map(({ insertedSince }) => insertedSince))).toBeGreaterThan(0);
    process.stderr.write(
      `failover: ${found.size} insertions and ${counted} increments, ${unknown} unknown; the longest pause of a writer ` +
        `${Math.round(Math.max(...reports.map(({ longestPauseMs }) => longestPauseMs)))} ms; ` +
        `errors ${JSON.stringify(reports.map(({ errors }) => errors))}\n`,
    );
  });
});
