import { checkLocalHop } from "../hop/check-local-hop.ts";
import type { Answer } from "../output/answer.ts";
import { formatAmount, formatBytes } from "../output/quantity.ts";
import { shellWord } from "../output/shell-word.ts";
import { backUpUnits, checkFree } from "../units/back-up-units.ts";
import { withUnits, type UnitTarget } from "./unit-session.ts";

/** `cutover backup` of a folder whose units move: both stores, and what decides between them. */
export async function backupUnits(
  found: UnitTarget,
  destination: { readonly path: string; readonly typed: string },
): Promise<Answer> {
  const { target, session, flags } = found;
  const { path, typed } = destination;
  const { output, signal } = session;
  checkLocalHop(target.project, "backup");
  const answer = (nextSteps: readonly string[], details: object): Answer => ({
    ok: true,
    canAdvance: true,
    blockedBy: [],
    reversible: true,
    nextSteps,
    details: { folder: target.folder, destination: path, ...details },
  });
  if (flags.dryRun === true) {
    await checkFree(path);
    output.line(`Both stores and the control store would be backed up to ${path}.`);
    output.line("Nothing was written: this was a rehearsal.");
    return answer([`cutover backup ${target.word} ${shellWord(typed)}`], { dryRun: true });
  }
  const manifest = await withUnits(found, ({ stores, operator }) =>
    backUpUnits({ stores, operator, destination: path, signal }),
  );
  const bytes = manifest.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  output.line(
    `Both stores and the control store (${formatBytes(bytes)}, ` +
      `${formatAmount(manifest.units.length, "unit")}) backed up to ${path}, verified.`,
  );
  return answer([`cutover restore ${target.word} ${shellWord(typed)}`], manifest);
}
