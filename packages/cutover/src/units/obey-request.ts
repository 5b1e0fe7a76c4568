import { StorageError } from "@cutover/core";
import { stages, type Operator, type Side, type UnitRecord } from "@cutover/engine";
import { shellWord } from "../output/shell-word.ts";
import type { AskedBackend } from "../project/asked-backend.ts";
import type { BackendKind } from "../state/migration-record.ts";

const sides: Readonly<Record<BackendKind, Side>> = { json: "old", sqlite: "new" };
const verbs: Readonly<Record<BackendKind, string>> = { json: "reverse", sqlite: "migrate" };
const names: Readonly<Record<BackendKind, string>> = { json: "JSON files", sqlite: "SQLite" };

function contradicted(folder: string, asked: AskedBackend, others: UnitRecord[]): StorageError {
  const nextCommand = `cutover ${verbs[asked.backend]} ${shellWord(folder)}`;
  const which = others.map(({ unit, stage }) => `${unit} (${stage})`).join(", ");
  return new StorageError(
    "STAGE_REFUSED",
    `${asked.by} asks for ${names[asked.backend]}, and another store is in charge of ${which} in ` +
      `${folder}. To move them: ${nextCommand}`,
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
  folder: string,
  operator: Operator,
  asked: AskedBackend | undefined,
): Promise<void> {
  if (asked === undefined) return;
  const others: UnitRecord[] = [];
  for (const unit of operator.units.all()) {
    const record = await operator.record(unit);
    if (stages[record.stage].authority === sides[asked.backend]) continue;
    if (asked.by !== "--use-json" || record.stage === "complete") others.push(record);
  }
  if (others.length > 0) throw contradicted(folder, asked, others);
  if (asked.by !== "--use-json") return;
  for (const unit of operator.units.all()) {
    const { stage } = await operator.record(unit);
    if (stages[stage].authority === "new") await operator.reverse(unit, { reason: "--use-json" });
  }
}
