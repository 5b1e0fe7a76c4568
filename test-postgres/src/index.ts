export { postgresMissing } from "./server/binaries.ts";
export { startCluster, type TestCluster } from "./start-cluster.ts";
export { startPostgres, type StartPostgresOptions, type TestPostgres } from "./start-postgres.ts";
export { runOn, type TestDatabase, type TestDatabaseOptions } from "./test-database.ts";
