// argv: address of the database. Opens the control store in it, with locks by rows, then does what
// it is told.
import { controlOn } from "../../src/postgres-control/postgres-control.ts";
import { serveTasks } from "../control/control-tasks.ts";
import { sharedEngine } from "../postgres/tested-engines.ts";

const [connectionString = ""] = process.argv.slice(2);
await serveTasks(controlOn(sharedEngine, { connectionString, durability: "process-crash" }));
