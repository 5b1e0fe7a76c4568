// DATABASE_URL=postgres://… node --conditions=@cutover/source examples/second-hop/src/run.ts
// It makes three schemas there, second_hop…; drop them before it runs again.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { secondHop } from "./second-hop.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const connectionString = process.env["DATABASE_URL"];
if (connectionString === undefined) {
  process.stderr.write("Say in DATABASE_URL which Postgres server and database to use.\n");
  process.exitCode = 2;
} else {
  const folder = await mkdtemp(join(tmpdir(), "second-hop-"));
  try {
    const { served, acknowledged, missing } = await secondHop({ folder, connectionString, say });
    say(`${served} requests served, 0 failed; ${missing} of ${acknowledged} records are missing`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
