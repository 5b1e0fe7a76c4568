// argv: address of the database, a pattern. Ends the connections of control stores whose latest
// statement is like it, and waits until they are gone.
import { Client } from "pg";

const [connectionString = "", pattern = ""] = process.argv.slice(2);
const client = new Client({ connectionString });
await client.connect();
const { rowCount } = await client.query(
  `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
   WHERE application_name = 'cutover control' AND datname = current_database() AND query LIKE $1`,
  [pattern],
);
await client.end();
process.exitCode = rowCount === 1 ? 0 : 1;
