import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { collections } from "../kill-loop/counters.ts";
import { Subject, subjectKinds } from "../subject.ts";
import { abortFaults } from "./abort-fault.ts";
import { CallScene, type CallSceneOptions } from "./call-scene.ts";
import { calls } from "./calls.ts";
import { MigrationScene } from "./migration-scene.ts";
import { actions, OperatorScene } from "./operator-scene.ts";
import { sweep, type SweepOptions, type SweepReport } from "./sweep.ts";
import { Switching } from "./switching.ts";

/** What is given up, and where. */
export interface SweepCall {
  /** A kind of store, `switching`, `operator` or `folder`. */
  readonly subject: string;
  readonly call: string;
  /** Empty. */
  readonly folder: string;
  /** Name of a seeded fault, or `-`. */
  readonly fault: string;
}

/** What can be given up in each place. */
export function callsOf(subject: string): readonly string[] {
  if (subject === "operator") return Object.keys(actions);
  return subject === "folder" ? ["migrate", "rollback"] : Object.keys(calls);
}

/** Gives one call up at its steps. */
export async function sweepCall(wanted: SweepCall, options: SweepOptions): Promise<SweepReport> {
  const { subject, call, folder } = wanted;
  if (subject === "operator") return ofOperator(call, folder, options);
  if (subject === "folder" && (call === "migrate" || call === "rollback"))
    return sweep(new MigrationScene(call, folder), options);
  return ofStore(wanted, options);
}

async function ofOperator(
  call: string,
  folder: string,
  options: SweepOptions,
): Promise<SweepReport> {
  const action = actions[call];
  if (action === undefined) throw new Error(`no operator can ${call}`);
  const scene = new OperatorScene(action, folder);
  const report = await sweep(scene, options);
  const problems = [...report.problems, ...(await scene.close())];
  return { ...report, problems };
}

async function ofStore(wanted: SweepCall, options: SweepOptions): Promise<SweepReport> {
  const { folder, fault } = wanted;
  const name = wanted.subject === "switching" ? "dualwrite" : wanted.subject;
  const kind = subjectKinds.find((known) => known === name);
  const call = calls[wanted.call];
  const weaken = abortFaults[fault];
  if (kind === undefined || call === undefined || (weaken === undefined && fault !== "-"))
    throw new Error(`there is no ${wanted.call} of ${wanted.subject} with ${fault}`);
  const subject = new Subject(kind, folder, collections);
  await subject.prepare();
  const own: CallSceneOptions = { subject, folder, call, weaken };
  const report = await (wanted.subject === "switching" ? whileSwitching : inScene)(own, options);
  const problems = [...report.problems];
  problems.push(...(await leftOpen(folder)).map((path) => `${path} was left open`));
  const compared = problems.length > 0 ? undefined : await subject.compare();
  if (compared?.isClean === false) problems.push("the two stores differ in the end");
  return { ...report, problems };
}

/** What is being closed just now stands in the line of calls to the system before these. */
const patientCalls = 200;

async function leftOpen(folder: string): Promise<string[]> {
  for (let call = 0; call < patientCalls && openFiles(folder).length > 0; call += 1)
    await stat(folder);
  return openFiles(folder);
}

/** Files of a folder that this process has open; none where the system does not tell. */
function openFiles(folder: string): string[] {
  const descriptors = "/proc/self/fd";
  if (!existsSync(descriptors)) return [];
  const paths = readdirSync(descriptors).map((fd) => {
    try {
      return readlinkSync(join(descriptors, fd));
    } catch {
      // The one that the listing itself had open.
      return "";
    }
  });
  return paths.filter((path) => path.startsWith(folder));
}

async function whileSwitching(own: CallSceneOptions, options: SweepOptions): Promise<SweepReport> {
  const switching = new Switching(own.subject);
  await switching.open();
  try {
    return await inScene({ ...own, begin: switching.begin }, options);
  } finally {
    await switching.close();
  }
}

async function inScene(own: CallSceneOptions, options: SweepOptions): Promise<SweepReport> {
  const scene = await CallScene.open(own);
  const report = await sweep(scene, options);
  return { ...report, problems: [...report.problems, ...(await scene.close())] };
}
