import type { Measure } from "../measure.ts";
import { planRows, type PlanRow } from "../plan-rows.ts";
import type { Row, RowContext } from "../row.ts";

function measuresOf(row: PlanRow): Measure[] {
  return (["json", "sqlite"] as const).map((way) => {
    const bound = row.estimateMs;
    // The plan gives up on JSON: it is held to the plan's figures for SQLite only there.
    const promised = way === "sqlite" && bound !== undefined;
    return {
      row: "plan",
      what: `${row.operation}, ${way === "json" ? "JSON" : "SQLite"} (plan: ${row.estimate[way]})`,
      unit: "ms",
      floorName: `the app's way in Node; ${row.detail}`,
      floor: row.ms.app,
      ours: row.ms[way],
      ratio: row.ms.app / row.ms[way],
      form: "speed",
      target: promised ? { withinMs: bound } : { none: true },
      met: promised ? row.ms[way] <= bound : undefined,
      spread: undefined,
      peers: [],
    };
  });
}

function noteWrites({ writes }: PlanRow, note: RowContext["note"]): void {
  if (writes === undefined) return;
  for (const [way, { tried, acknowledged, kept }] of Object.entries(writes)) {
    note(
      `plan, concurrent writes, ${way}: of ${tried} writes ${acknowledged} were acknowledged, ` +
        `${acknowledged - kept} of these lost`,
    );
  }
}

/** The migration plan's own table. */
export const planTableRow: Row = {
  id: "plan",
  title: "the migration plan's own table",
  async run({ folder, effort, note }) {
    const rows = await planRows({
      folder,
      rounds: effort.rounds,
      writers: { processes: 2, writes: Math.min(20, Math.ceil(effort.records / 500)) },
      size: { models: effort.records, downloads: Math.ceil(effort.records / 10) },
    });
    for (const row of rows) noteWrites(row, note);
    return rows.flatMap(measuresOf);
  },
};
