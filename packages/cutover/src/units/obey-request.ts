import { StorageError } from "@cutover/core";
import { stages, type Operator, type Side, type UnitRecord } from "@cutover/engine";
import { hopInWords, storeNames, type Hop, type StoreKind } from "../hop/hop.ts";
import { shellWord } from "../output/shell-word.ts";
import type { AskedBackend } from "../project/asked-backend.ts";

/** Where a request is heard. */
export interface RequestPlace {
  readonly folder: string;
  readonly hop: Hop;
}

/** The side of a hop that a store is; undefined for one that takes no part in it. */
function sideOf(kind: StoreKind, { from, to }: Hop): Side | undefined {
  if (kind === from) return "old";
  return kind === to ? "new" : undefined;
}

const verbs: Readonly<Record<Side, string>> = { old: "reverse", new: "migrate" };

function contradicted(
  { folder, hop }: RequestPlace,
  asked: AskedBackend,
  others: UnitRecord[],
): StorageError {
  const side = sideOf(asked.backend, hop);
  const nextCommand = `cutover ${side === undefined ? "status" : verbs[side]} ${shellWord(folder)}`;
  const which = others.map(({ unit, stage }) => `${unit} (${stage})`).join(", ");
  const what =
    side === undefined
      ? `which takes no part in the hop ${hopInWords(hop)} of ${which} in ${folder}`
      : `and another store is in charge of ${which} in ${folder}. To move them: ${nextCommand}`;
  return new StorageError(
    "STAGE_REFUSED",
    `${asked.by} asks for ${storeNames[asked.backend]}, ${what}`,
    { operation: "open", nextCommand },
  );
}

/**
 * Does what an application was asked for at its start, or refuses it. `--use-json` takes every unit
 * back to its JSON files, with everything that was written since; whoever else asks for a store
 * that is not in charge is refused.
 *
 * @throws StorageError STAGE_REFUSED with the command to type; LOCK_TIMEOUT. What was taken back
 *   before stays so
 */
export async function obeyRequest(
  place: RequestPlace,
  operator: Operator,
  asked: AskedBackend | undefined,
): Promise<void> {
  if (asked === undefined) return;
  const others: UnitRecord[] = [];
  for (const unit of operator.units.all()) {
    const record = await operator.record(unit);
    if (stages[record.stage].authority === sideOf(asked.backend, place.hop)) continue;
    if (asked.by !== "--use-json" || record.stage === "complete" || place.hop.from !== "json")
      others.push(record);
  }
  if (others.length > 0) throw contradicted(place, asked, others);
  if (asked.by !== "--use-json") return;
  for (const unit of operator.units.all()) {
    const { stage } = await operator.record(unit);
    if (stages[stage].authority === "new") await operator.reverse(unit, { reason: "--use-json" });
  }
}
