import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Configuration } from "./configuration.ts";
import { configurations, largeConfigurations } from "./configurations.ts";
import * as tables from "./protocol-page.ts";
import { type Exploration, explore, type Question } from "./search.ts";
import { printed } from "./trace.ts";
import { weakenings } from "./weakenings.ts";

/**
 * Explores everything, writes the tables of docs/protocol.md, and prints a counterexample for each
 * weakening: `node --conditions=@cutover/source test/protocol/write-page.fixture.ts [--large]`.
 */
function explored(question: Question): Exploration {
  const began = performance.now();
  const found = explore(question);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const { configuration, weakening } = question;
  const title =
    weakening === undefined ? configuration.name : `${weakening} (${configuration.name})`;
  console.log(`${title}: ${found.states} states, ${found.steps} steps, ${seconds} s`);
  if (found.violation !== undefined)
    console.log(`  breaks: ${found.violation.law}\n${printed(found.violation.trace)}\n`);
  return found;
}

function tableOf(chosen: readonly Configuration[]): string {
  const rows = chosen.map((configuration) =>
    tables.configurationRow(configuration, explored({ configuration })),
  );
  return tables.configurationTable(rows);
}

function weakened(): string {
  const rows = weakenings.map(({ weakening, configuration: name }) => {
    const configuration = configurations.find((known) => known.name === name);
    if (configuration === undefined) throw new Error(`There is no configuration "${name}"`);
    return tables.weakeningRow(weakening, explored({ configuration, weakening }));
  });
  return tables.weakeningTable(rows);
}

const path = join(import.meta.dirname, "../../docs/protocol.md");
let page = readFileSync(path, "utf8");
page = tables.withTable(page, "invariants", tables.invariantTable());
page = tables.withTable(page, "configurations", tableOf(configurations));
page = tables.withTable(page, "weakenings", weakened());
if (process.argv.includes("--large"))
  page = tables.withTable(page, "large configurations", tableOf(largeConfigurations));
writeFileSync(path, page);
