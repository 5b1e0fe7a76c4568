import type { Configuration } from "./configuration.ts";
import { invariants, restName, restSays } from "./invariants.ts";
import type { Exploration } from "./search.ts";
import { weakenings } from "./weakenings.ts";

const counted = (count: number): string => count.toLocaleString("en-US");

/** The table of what holds in every state. */
export function invariantTable(): string {
  const rows = [...invariants, { name: restName, says: restSays }];
  return [
    "| invariant | in words |",
    "|---|---|",
    ...rows.map(({ name, says }) => `| ${name} | ${says} |`),
  ].join("\n");
}

/** A line of the table of configurations. */
export function configurationRow({ name, about }: Configuration, found: Exploration): string {
  return `| ${name} | ${about} | ${counted(found.states)} | ${counted(found.steps)} |`;
}

/** The table of configurations, from its lines. */
export function configurationTable(rows: readonly string[]): string {
  const head = "| configuration | what is in it | states | steps |";
  return [head, "|---|---|---:|---:|", ...rows].join("\n");
}

/** A line of the table of weakenings; the trace's first entry is the state at first. */
export function weakeningRow(weakening: string, found: Exploration): string {
  const { breaks, because, configuration } =
    weakenings.find((known) => known.weakening === weakening) ?? {};
  const steps = (found.violation?.trace.length ?? 1) - 1;
  return `| ${weakening} | ${breaks ?? ""} | ${because ?? ""} | ${configuration ?? ""}, ${steps} steps |`;
}

/** The table of weakenings, from its lines. */
export function weakeningTable(rows: readonly string[]): string {
  const head = "| weakening | breaks | because | shortest way there |";
  return [head, "|---|---|---|---|", ...rows].join("\n");
}

/** The page with one of its tables replaced. */
export function withTable(page: string, name: string, table: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The page lacks "${begin}" and "${end}"`);
  return `${page.slice(0, from + begin.length)}\n${table}\n${page.slice(to)}`;
}
