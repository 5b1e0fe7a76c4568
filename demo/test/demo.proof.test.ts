import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("../src/demo.ts", import.meta.url));

async function demo(
  args: readonly string[],
): Promise<{ readonly printed: string; readonly told: string; readonly code: number | null }> {
  const child = spawn(process.execPath, ["--conditions=@cutover/source", program, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "exit");
  const [printed, told] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await ended;
  return { printed, told, code: child.exitCode };
}

const numberIn = (printed: string, pattern: RegExp): number =>
  Number(pattern.exec(printed)?.[1]?.replaceAll(",", "") ?? Number.NaN);

test("the demo moves data there and back under load: none of its requests fails, no record differs", async () => {
  const { printed, code } = await demo([]);
  expect([code, printed.includes("Trouble")]).toEqual([0, false]);
  const stages = ["dualwrite", "shadow", "differ", "live", "shadow", "off"];
  const steps = printed.split("\n").filter((line) => line.includes("$ cutover"));
  expect(steps).toEqual(stages.map((stage) => expect.stringContaining(stage)));
  expect(numberIn(printed, /([\d,]+) requests served/)).toBeGreaterThan(600);
  expect(numberIn(printed, /served, ([\d,]+) of them writes/)).toBeGreaterThan(200);
  expect(numberIn(printed, /([\d,]+) requests failed/)).toBe(0);
  expect(numberIn(printed, /([\d,]+) of [\d,]+ records differ/)).toBe(0);
  expect(numberIn(printed, /[\d,]+ of ([\d,]+) records differ/)).toBeGreaterThan(27_000);
  expect(numberIn(printed, /([\d,]+) removed by what clients wrote/)).toBe(0);
});

test("the demo says what is wrong with a folder that it cannot use, and ends with 1", async () => {
  const { told, code } = await demo(["/nowhere/at/all"]);
  expect(code).toBe(1);
  expect(told).toContain("/nowhere/at/all");
});
