// argv: address of the database. Opens the control store in it, then does what it is told.
import { postgresControl } from "@cutover/kysely/postgres-control";
import { serveTasks } from "../control/control-tasks.ts";

const [connectionString = ""] = process.argv.slice(2);
await serveTasks(postgresControl({ connectionString, durability: "process-crash" }));
