import { stages, type EpochMark, type Stage } from "@cutover/engine";
import type { UnfinishedRebuild } from "./unfinished-rebuild.ts";

/** What both stores say of a unit. */
export interface SaidOfUnit {
  readonly old: EpochMark | undefined;
  readonly new: EpochMark | undefined;
  /** The control store that the folder's record names; undefined in records of older versions. */
  readonly control: string | undefined;
  /** Given where that one was made by a rebuild that died. */
  readonly unfinished?: UnfinishedRebuild | undefined;
}

/** The stage a unit was at, by what its stores say; or why that cannot be told. */
export type ToldStage =
  | { readonly stage: Stage; readonly epoch: number; readonly doubt?: undefined }
  | { readonly doubt: string; readonly epoch: number };

/** Marks that were left by a move that is over say nothing about the one that is under way. */
function bearing({ old, new: successor, control, unfinished }: SaidOfUnit): EpochMark[] {
  const marks = [old, successor].filter((mark) => mark !== undefined);
  const known = [control, unfinished?.former];
  return marks.filter(({ incarnation, isMoving }) => isMoving || known.includes(incarnation));
}

/** Marks that neither the folder's control store has left, nor the one before a rebuild that died. */
function foreign(
  { control, unfinished }: SaidOfUnit,
  newestFirst: readonly EpochMark[],
): EpochMark[] {
  const before =
    unfinished === undefined
      ? newestFirst
      : newestFirst.filter(({ incarnation }) => incarnation !== control);
  const own = unfinished === undefined ? control : unfinished.former;
  return before.filter(({ incarnation }) => incarnation !== (own ?? before[0]?.incarnation));
}

/**
 * What stage a unit was at when its control store was lost. The mark of the greater epoch decides;
 * what contradicts it, or is missing, is a doubt that an operator has to decide.
 */
export function toldStage(said: SaidOfUnit): ToldStage {
  const marks = bearing(said);
  const epoch = Math.max(0, ...marks.map((mark) => mark.epoch));
  const newest = marks.filter((mark) => mark.epoch === epoch);
  const [first] = newest;
  if (first === undefined) return { stage: "off", epoch: 0 };
  const newestFirst = marks.toSorted((one, other) => other.epoch - one.epoch);
  if (foreign(said, newestFirst).length > 0)
    return { epoch, doubt: "its stores were moved by different control stores" };
  const { stage } = first;
  if (stage === undefined)
    return { epoch, doubt: "an older version marked its stores, which does not tell the stage" };
  const { authority } = stages[stage];
  if (newest.some((mark) => mark.stage === undefined || stages[mark.stage].authority !== authority))
    return { epoch, doubt: "each of its stores says something else" };
  if (stage !== "off" && said[authority] === undefined)
    return { epoch, doubt: `its ${authority} store, which was in charge, knows nothing of it` };
  return { stage, epoch };
}
