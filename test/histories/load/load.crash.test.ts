import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkLinearizable } from "../check-linearizable.ts";
import { readHistory } from "../read-history.ts";
import { startLoads } from "./load-process.ts";

const rounds = 6;

test.each(["json", "sqlite"])(
  "%s: processes killed in the middle of their calls leave a linearizable history",
  async (adapter) => {
    const folder = mkdtempSync(join(tmpdir(), "cutover-load-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const historyFolder = mkdtempSync(join(tmpdir(), "cutover-load-"));
    onTestFinished(() => rmSync(historyFolder, { recursive: true, force: true }));
    const module = new URL(`./${adapter}.load.fixture.ts`, import.meta.url).href;
    for (let round = 0; round < rounds; round++) {
      const loads = [1, 2].map((writer) => ({
        module,
        argument: folder,
        historyFolder,
        process: `r${round}w${writer}`,
        seed: round * 2 + writer,
        lanes: 3,
        keys: 12,
      }));
      const [victim, survivor] = await startLoads(loads);
      if (victim === undefined || survivor === undefined) throw new Error("no load was started");
      onTestFinished(() => survivor.kill());
      await victim.advanced(40 + round * 7);
      await victim.kill();
      await survivor.advanced(40);
      const report = await survivor.stop();
      expect(report?.failures).toEqual({});
    }
    const found = checkLinearizable(readHistory(historyFolder));
    expect(found.violations.map(({ explanation }) => explanation)).toEqual([]);
    expect(found.linearizable).toBe(true);
    // Each victim has at most one call a lane under way.
    expect(found.unknown).toBeGreaterThan(0);
    expect(found.unknown).toBeLessThanOrEqual(rounds * 3);
  },
);
