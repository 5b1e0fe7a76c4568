export { postgresMissing } from "./server/binaries.ts";
export { startPostgres, type StartPostgresOptions, type TestPostgres } from "./start-postgres.ts";
export { type TestDatabase, type TestDatabaseOptions } from "./test-database.ts";
