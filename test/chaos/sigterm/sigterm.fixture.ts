// Sends SIGTERM to commands, or applications, after some of their steps and prints a report as JSON.
// An application is called `application-KIND`, or `application-KIND-MANNERS` with a seeded fault:
//   node --conditions=@cutover/source test/chaos/sigterm/sigterm.fixture.ts SCENARIO,… POINTS [STEP]
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApplicationScene, applicationStands } from "./application-scene.ts";
import { commandScenarios } from "./command-scenario.ts";
import { CommandScene } from "./command-scene.ts";
import { oneWayScenarios } from "./one-way-scenario.ts";
import { OneWayScene } from "./one-way-scene.ts";
import { stopAtSteps, type StopReport } from "./stop-report.ts";

const [wanted = "", points = "5", only] = process.argv.slice(2);
const memory = "/dev/shm";
const place = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "cutover-sigterm-"));
/** An application runs for ever: it is stopped while it opens its storage, and while it writes. */
const applicationSteps = 2000;
const options = { points: Number(points), only: only === undefined ? undefined : Number(only) };

function stopped(name: string): Promise<StopReport> {
  const scenario = commandScenarios[name];
  if (scenario !== undefined) return stopAtSteps(new CommandScene(scenario, place), options);
  const oneWay = oneWayScenarios[name];
  if (oneWay !== undefined) return stopAtSteps(new OneWayScene(oneWay, place), options);
  const [kind, standing = "", manners = "good"] = name.split("-");
  const stand = kind === "application" ? applicationStands[standing] : undefined;
  if (stand === undefined) throw new Error(`there is no ${name}`);
  const steps = applicationSteps;
  return stopAtSteps(new ApplicationScene(stand, place, manners), { ...options, steps });
}

const reports: Record<string, StopReport> = {};
try {
  for (const name of wanted.split(",")) {
    reports[name] = await stopped(name);
  }
  console.log(JSON.stringify(reports, null, 1));
} finally {
  rmSync(place, { recursive: true, force: true });
}
