// Enumerates the crash states of JSON commits and prints a report as JSON:
//   node --conditions=@cutover/source test/chaos/crash-states/enumerate.fixture.ts \
//     SCENARIO [WEAKENING|-] [PARTS A WRITE IS TORN INTO] [DISKS OPENED WHOLE]
import { allowCopies } from "../disk/copies.ts";
import { adapterCopy } from "./adapter-copy.ts";
import { enumerate } from "./enumeration.ts";
import { scenarios } from "./scenario.ts";
import { weakenings } from "./weakening.ts";

const [wanted = "", weakened = "-", blocks = "2", samples = "100"] = process.argv.slice(2);
const scenario = scenarios.find(({ name }) => name === wanted);
const weakening = weakenings.find(({ name }) => name === weakened);
if (scenario === undefined || (weakening === undefined && weakened !== "-")) {
  const names = [scenarios, weakenings].map((list) => list.map(({ name }) => name).join("|"));
  console.error(`usage: enumerate.fixture.ts ${names[0]} [-|${names[1]}] [parts] [samples]`);
  process.exit(2);
}
const changes = weakening?.changes ?? [];
allowCopies({ writer: changes, stopped: changes, successor: changes });
const processes = {
  stopped: await adapterCopy("stopped"),
  writer: await adapterCopy("writer"),
  successor: await adapterCopy("successor"),
};
const report = await enumerate(scenario, processes, {
  blocks: Number(blocks),
  stopEarly: weakening !== undefined,
  samples: weakening === undefined ? Number(samples) : 0,
});
console.log(JSON.stringify(report, null, 2));
