import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { smallDisk } from "../../packages/engine/test/trouble/small-disk.ts";
import { failuresTellTheirCommand } from "./again.ts";
import { isFull } from "./form.ts";
import { collections } from "./kill-loop/counters.ts";
import { Subject, subjectKinds } from "./subject.ts";
import { trial } from "./trouble/trial.ts";

failuresTellTheirCommand();

/**
 * Law: at every level to which a disk may be full, what is acknowledged is there when there is room
 * again, what is refused is refused for that reason and has changed nothing, and the store goes on.
 */
const page = 4096;
const pages = isFull ? 200 : 48;
const disk = smallDisk();
if (disk === undefined) console.warn("SKIPPED: full disks. Small ones cannot be mounted here.");
afterAll(() => disk?.remove());

describe.skipIf(disk === undefined)("a disk that is full", () => {
  test.each(subjectKinds)(`with 0 to ${pages} pages left, on %s`, async (kind) => {
    if (disk === undefined) return;
    const outcomes: Record<string, number> = {};
    for (let left = 0; left <= pages; left += 1) {
      const folder = join(disk.path, "data");
      mkdirSync(folder);
      const subject = new Subject(kind, folder, collections);
      await subject.prepare();
      const report = await trial(subject, () => disk.fillUp(left * page));
      for (const [call, outcome] of Object.entries(report.outcomes)) {
        const name = `${call}: ${outcome}`;
        outcomes[name] = (outcomes[name] ?? 0) + 1;
      }
      expect({ left, problems: report.problems }).toEqual({ left, problems: [] });
      rmSync(folder, { recursive: true });
    }
    console.log(`${kind}, ${pages + 1} levels:`, outcomes);
    expect(readdirSync(disk.path)).toEqual([]);
    const refusals = Object.keys(outcomes).filter((name) => !name.endsWith("done"));
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals.filter((name) => !name.endsWith("DISK_FULL"))).toEqual([]);
  });
});
