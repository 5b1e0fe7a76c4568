import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { isStorageError } from "@cutover/core";
import type { StageChange } from "@cutover/engine";
import { operationsOf } from "../effort.ts";
import { checkEqual, hopStage, modelsUnit, type Hop } from "../hop/hop-stage.ts";
import type { Measure } from "../measure.ts";
import { killAll, messageFrom, startProgram } from "../programs/children.ts";
import type { HopWriterReport } from "../programs/hop-writer.ts";
import type { Row, RowContext } from "../row.ts";
import { median, spreadOf } from "../stats.ts";
import { modelEntries } from "../stores/models.ts";
import { withOpened, type Keep } from "../with-opened.ts";

const writers = 4;
const mostAttempts = 20;

function isReport(message: unknown): message is HopWriterReport {
  return typeof message === "object" && message !== null && "acknowledged" in message;
}

interface Freezes {
  readonly switches: number[];
  readonly reverses: number[];
  /** Changes that were refused because the unit was busy, or had not been compared since. */
  refused: number;
}

/** A refusal changes nothing: whoever asked asks again. */
async function insisted(freezes: Freezes, change: () => Promise<StageChange>): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await change()).frozenMs;
    } catch (error) {
      const isRefusal =
        isStorageError(error, "STAGE_REFUSED") || isStorageError(error, "LOCK_TIMEOUT");
      if (!isRefusal || attempt === mostAttempts) throw error;
      freezes.refused++;
    }
  }
}

async function toAndFro({ operator }: Hop, changes: number): Promise<Freezes> {
  const freezes: Freezes = { switches: [], reverses: [], refused: 0 };
  for (let change = 0; change < changes; change++) {
    freezes.switches.push(
      await insisted(freezes, async () => {
        await operator.verify(modelsUnit);
        return operator.switch(modelsUnit);
      }),
    );
    freezes.reverses.push(await insisted(freezes, () => operator.reverse(modelsUnit)));
  }
  return freezes;
}

async function endOf(child: ChildProcess): Promise<HopWriterReport> {
  const report = messageFrom(child);
  child.send("end");
  const found = await report;
  if (!isReport(found)) throw new Error("a writer did not tell what it was promised");
  return found;
}

/** What processes left to whoever comes next is drained when this one writes something. */
async function wake({ collection }: Hop): Promise<void> {
  const [first] = await collection.find({ limit: 1 });
  if (first !== undefined) await collection.put(first.key, first.value);
}

async function checkKept({ collection }: Hop, reports: readonly HopWriterReport[]): Promise<void> {
  for (const { acknowledged } of reports) {
    for (const [key, size] of acknowledged) {
      const found = (await collection.get(key))?.size_bytes;
      if (found !== size) throw new Error(`the last acknowledged put of ${key} was lost`);
    }
  }
}

/** One durable commit of the control store: no change of stage can do with less. */
async function commitMs({ control }: Hop, times: number): Promise<number> {
  const taken: number[] = [];
  for (let index = 0; index < times; index++) {
    const entry = { action: "benchmark", unit: modelsUnit.name, actor: "benchmark", details: {} };
    const start = performance.now();
    await control.commit([], [{ at: new Date(0).toISOString(), ...entry }]);
    taken.push(performance.now() - start);
  }
  return median(taken);
}

function freezeMeasure(what: string, times: readonly number[], floor: number): Measure {
  const ours = median(times);
  const worst = Math.max(...times);
  return {
    row: "switch",
    what,
    unit: "ms",
    floorName: "a durable commit of the control store",
    floor,
    ours,
    ratio: ours / floor,
    form: "cost",
    target: { withinMs: 50 },
    met: ours <= 50,
    spread: spreadOf(times),
    peers: [{ name: `the longest of ${times.length}`, value: worst, ratio: worst / floor }],
  };
}

async function measureFreezes(
  { folder, effort, note }: RowContext,
  keep: Keep,
): Promise<Measure[]> {
  const place = join(folder, "hop");
  const { records } = effort;
  const hop = keep(await hopStage(place, modelEntries(records), "shadow"));
  const floor = await commitMs(hop, operationsOf(effort, 50));
  const children = Array.from({ length: writers }, (_, writer) =>
    startProgram("hop-writer", [place, `${writer}`, `${writers}`, `${records}`]),
  );
  try {
    await Promise.all(children.map(messageFrom));
    const freezes = await toAndFro(hop, operationsOf(effort, 15));
    const reports = await Promise.all(children.map(endOf));
    await wake(hop);
    await checkEqual(hop);
    await checkKept(hop, reports);
    const puts = reports.reduce((sum, report) => sum + report.puts, 0);
    const longest = Math.max(...reports.map(({ longestMs }) => longestMs));
    note(
      `switch: ${writers} processes made ${puts} puts meanwhile, none lost, the longest in ` +
        `${longest.toFixed(0)} ms; ${freezes.refused} changes of stage were refused and asked again`,
    );
    const during = `writers held off, ${writers} processes, ${records} records`;
    return [
      freezeMeasure(`switch: ${during}`, freezes.switches, floor),
      freezeMeasure(`reverse: ${during}`, freezes.reverses, floor),
    ];
  } finally {
    killAll(children);
  }
}

/** For how long a change of stage holds the writers of all processes off. */
export const switchRow: Row = {
  id: "switch",
  title: "Freeze of a switch",
  run: (context) => withOpened((keep) => measureFreezes(context, keep)),
};
