import { formatAmount, formatCount, formatDuration } from "../output/quantity.ts";
import type { UnitView } from "../units/unit-view.ts";
import { verbOf } from "./unit-command.ts";

function agoOf(at: string, nowMs: number): string {
  const ageMs = nowMs - Date.parse(at);
  return ageMs < 0 ? `at ${at}` : `${formatDuration(ageMs)} ago`;
}

function copiedCell({ copied, uncopied }: UnitView): string {
  if (copied === undefined) return "";
  const waiting = uncopied.length === 0 ? "" : " (backfill)";
  return `copied ${formatCount(copied.done)}/${formatCount(copied.total)}${waiting}`;
}

function dirtyCell({ copied, dirty, dirtySince }: UnitView, nowMs: number): string {
  if (copied === undefined) return "";
  const since = dirtySince === undefined || dirty === 0 ? "" : ` since ${agoOf(dirtySince, nowMs)}`;
  return `dirty ${formatCount(dirty)}${since}`;
}

function verifiedCell({ verification, stage }: UnitView, nowMs: number): string {
  if (stage !== "shadow" && stage !== "live") return "";
  if (verification === undefined) return "not verified";
  const { differences, at } = verification;
  const found = differences === 0 ? "verified" : formatAmount(differences, "difference");
  return `${found} ${agoOf(at, nowMs)}`;
}

function shadowCell({ shadow }: UnitView): string {
  if (shadow === undefined) return "";
  const { same, different, errors } = shadow;
  const failed = errors === 0 ? "" : ` ${formatCount(errors)} failed`;
  return `shadow reads ${formatCount(same)} same ${formatCount(different)} different${failed}`;
}

function nextCell({ stage, asked, next, reverseUntil, blockedBy }: UnitView): string {
  const wish = asked === undefined || asked === stage ? "" : `asked for ${asked}  `;
  if (stage === "rampdown" && reverseUntil !== undefined && blockedBy.length > 0) {
    return `${wish}reverse until ${reverseUntil}`;
  }
  const remedy = blockedBy.find((blocker) => blocker.remedy !== undefined)?.remedy;
  const verb = remedy ?? (next === undefined ? undefined : verbOf(next));
  return verb === undefined ? wish.trimEnd() : `${wish}→ ${verb}`;
}

/** The parts of a unit's line, to stand below one another in columns. */
export function unitCells(view: UnitView, nowMs: number): string[] {
  const { unit, hop, stage, epoch, authority } = view;
  return [
    unit,
    `${hop.from}→${hop.to}`,
    `${stage} e${epoch}`,
    `authority ${authority}`,
    copiedCell(view),
    dirtyCell(view, nowMs),
    verifiedCell(view, nowMs),
    shadowCell(view),
    view.held ?? "",
    nextCell(view),
  ];
}

/** A unit on one line. */
export function unitLine(view: UnitView, nowMs: number): string {
  return unitCells(view, nowMs)
    .filter((cell) => cell !== "")
    .join("  ");
}
