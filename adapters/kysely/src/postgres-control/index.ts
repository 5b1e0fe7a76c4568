export { postgresControl, type PostgresControlOptions } from "./postgres-control.ts";
