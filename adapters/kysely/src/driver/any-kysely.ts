import type { CompiledQuery } from "kysely";

/** What an execution gave. */
export interface ExecutedStatement {
  readonly rows: readonly unknown[];
  readonly numAffectedRows?: bigint;
}

/** What executes compiled queries: a Kysely instance, or one connection of it. */
export interface KyselyExecutor {
  executeQuery(query: CompiledQuery): Promise<ExecutedStatement>;
}

/** Any Kysely instance, whatever tables it is typed for. */
export interface AnyKysely extends KyselyExecutor {
  withoutPlugins(): AnyKysely;
  connection(): {
    execute<T>(work: (connection: KyselyExecutor) => Promise<T>): Promise<T>;
  };
}
