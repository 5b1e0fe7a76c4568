import { suggestion } from "../config/suggestion.ts";
import { UsageError } from "../output/error-report.ts";
import { isOnRamp } from "./ramp.ts";
import type { ProjectUnit } from "./unit-plan.ts";

/** Which units a command is for. Default: all. */
export interface UnitChoice {
  readonly team?: string;
  readonly unit?: readonly string[];
  /** A share of the units, in percent. */
  readonly ramp?: string;
}

function percentOf(text: string): number {
  const percent = Number(text.replace(/%$/, ""));
  if (text.trim() !== "" && percent >= 0 && percent <= 100) return percent;
  throw new UsageError(`--ramp takes a number of percent from 0 to 100, not "${text}"`);
}

function checkKnown(word: string, known: readonly string[], noun: string): void {
  if (known.includes(word)) return;
  throw new UsageError(`there is no ${noun} "${word}"; ${suggestion(word, known)}`);
}

/** True when units were named one by one: then none of them may be left out silently. */
export function isNamed({ unit = [] }: UnitChoice): boolean {
  return unit.length > 0;
}

/**
 * The units that a command is for, in the order of the project.
 * @throws UsageError for a name that there is not
 */
export function selectUnits(units: readonly ProjectUnit[], choice: UnitChoice): ProjectUnit[] {
  const { team, unit: names = [], ramp } = choice;
  const teams = [...new Set(units.flatMap((unit) => unit.team ?? []))];
  if (team !== undefined) checkKnown(team, teams, "team");
  for (const name of names) {
    checkKnown(
      name,
      units.map((unit) => unit.name),
      "unit",
    );
  }
  const percent = ramp === undefined ? 100 : percentOf(ramp);
  return units.filter(
    (unit) =>
      (team === undefined || unit.team === team) &&
      (names.length === 0 || names.includes(unit.name)) &&
      isOnRamp(unit.name, percent),
  );
}
