import { hopInWords } from "../hop/hop.ts";
import type { Project } from "../project/project.ts";
import { broken, type Ailment } from "./ailment.ts";
import { recordsOf } from "./open-control.ts";
import type { UnitStores } from "./unit-stores.ts";

/** Units that another hop has taken on, whose config is not this one. */
export async function movedOn(
  project: Project,
  { control, hop, units }: UnitStores,
): Promise<ReadonlyMap<string, Ailment>> {
  const records = await recordsOf(control, project, units);
  const others = records.filter(({ stage, hop: { from, to } }) => {
    const isOwn = from === hop.from && to === hop.to;
    return stage !== "off" && !isOwn;
  });
  return new Map(
    others.map(({ unit, hop: found }) => [
      unit,
      broken(
        "config-contradicts",
        `unit "${unit}" has moved on to the hop ${hopInWords(found)}, and this config names ` +
          `${hopInWords(hop)}: use the config of that hop, with which its start can be typed again`,
      ),
    ]),
  );
}
