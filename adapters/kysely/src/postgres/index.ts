export type { AnyKysely, KyselyExecutor } from "../driver/any-kysely.ts";
export { checkPostgres, type PostgresCheck } from "./check-postgres.ts";
export type { EngineName } from "./engine.ts";
export type { AnyPool } from "./pool-connections.ts";
export type { PoolOptions } from "./pool-options.ts";
export {
  postgresBackend,
  type PostgresCommonOptions,
  type PostgresOptions,
} from "./postgres-backend.ts";
export {
  restorePostgres,
  type RestoredPostgres,
  type RestorePostgresOptions,
} from "./restore-postgres.ts";
export type { ServerProblem, ServerSettings } from "./server-check.ts";
