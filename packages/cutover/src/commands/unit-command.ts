import type { StageAction } from "@cutover/engine";
import { shellWord } from "../output/shell-word.ts";
import type { ProjectUnit } from "../units/unit-plan.ts";

const verbs: Readonly<Record<StageAction, string | undefined>> = {
  start: "start",
  advance: "backfill",
  switch: "switch",
  reverse: "reverse",
  "ramp down": "complete",
  complete: "complete",
  "step back": undefined,
  cancel: "cancel",
};

/** The verb of the command line for an action. */
export function verbOf(action: StageAction): string | undefined {
  return verbs[action];
}

/** A command to type for some of a folder's units; without a filter where it is for all of them. */
export function commandFor(
  verb: string,
  word: string,
  units: { readonly some: readonly string[]; readonly all: readonly ProjectUnit[] },
): string {
  const isForAll = units.all.every(({ name }) => units.some.includes(name));
  const filter = isForAll ? "" : units.some.map((name) => ` --unit ${shellWord(name)}`).join("");
  return `cutover ${verb} ${word}${filter}`;
}

/** A command that the engine told, with the folder, which the engine does not know. */
export function withFolder(command: string, word: string): string {
  const found = /^cutover (\w+)(.*)$/s.exec(command);
  if (found === null) return command;
  const [, verb = "", rest = ""] = found;
  return rest === ` ${word}` || rest.startsWith(` ${word} `)
    ? command
    : `cutover ${verb} ${word}${rest}`;
}
