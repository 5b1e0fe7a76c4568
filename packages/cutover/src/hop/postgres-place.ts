import {
  isStorageError,
  StorageError,
  type CollectionDefinition,
  type ControlStore,
  type StorageBackend,
} from "@cutover/core";
import { configError } from "../config/config-error.ts";
import type { PostgresSettings } from "../config/cutover-config.ts";
import type { Project } from "../project/project.ts";

type Clock = { readonly clock?: () => number };

/** What the records and the control store are opened with, so that both go the same way. */
interface CommonSettings {
  readonly connectionString: string;
  readonly durability: NonNullable<PostgresSettings["durability"]>;
  readonly engine: NonNullable<PostgresSettings["engine"]>;
}

/** Schema of the records where the config names none. */
const defaultSchema = "cutover";
const defaultVariable = "DATABASE_URL";
/** Anything else might be told of with a part of it that is the password. */
const isAddress = /^postgres(ql)?:\/\/[^/?#]*\/?[^/@?#]*(\?[^#]*)?$/;
const optionPath = "postgres.urlVariable";

/** Which option asks for another server than the one that is there, where one does. */
function optionFor({
  setting,
  durability,
}: {
  readonly setting: string;
  readonly durability: boolean;
}): string {
  if (setting === "engine") return " (see `postgres.engine`)";
  return durability ? " (or see `postgres.durability`)" : "";
}

/**
 * The Postgres server that a project's config names. Its address comes from the environment, and is
 * in no message.
 */
export class PostgresPlace {
  /** Of the records. */
  readonly schema: string;
  private readonly project: Project;
  /** The environment variable that holds the address. */
  readonly variable: string;

  constructor(project: Project) {
    const { schema = defaultSchema, urlVariable = defaultVariable } = project.config.postgres ?? {};
    this.project = project;
    this.schema = schema;
    this.variable = urlVariable;
  }

  /** Such as `Postgres, schema cutover`. */
  get inWords(): string {
    return `Postgres (the server of ${this.variable}), schema ${this.schema}`;
  }

  /**
   * What decides between the stores, beside the records: for processes of any number of machines.
   * Not open yet; without `mayCreate`, to open it where there is none is SCHEMA_OUTDATED.
   */
  async control(given: Clock & { readonly mayCreate: boolean }): Promise<ControlStore> {
    const { postgresControl } = await import("@cutover/kysely/postgres-control");
    const { schema: own, common } = this;
    const schema = `${own}_control`;
    // It is the store that refuses an address that cannot be read, before the driver tells of it.
    await (await this.store([], {})).close();
    return this.told(() => postgresControl({ ...common(), ...given, schema }));
  }

  /** The records. With `readOnly` nothing is made, not even the schema. */
  async store(
    collections: readonly CollectionDefinition[],
    given: Clock & { readonly readOnly?: boolean },
  ): Promise<StorageBackend> {
    const { postgresBackend } = await import("@cutover/kysely/postgres");
    const { schema, common } = this;
    const { poolSize, lockTimeoutMs } = this.settings;
    return this.told(() =>
      postgresBackend({
        ...common(),
        ...given,
        schema,
        collections,
        ...(poolSize === undefined ? {} : { poolSize }),
        ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
      }),
    );
  }

  /** Whether the server can be used, asked without changing anything; says why not. */
  async problem(): Promise<StorageError | undefined> {
    try {
      const { checkPostgres } = await import("@cutover/kysely/postgres");
      const { problems } = await this.told(() => checkPostgres(this.common()));
      const isLax = this.settings.durability === "process-crash";
      const found = problems.filter(({ durability }) => !(durability && isLax));
      if (found.length === 0) return undefined;
      const said = found.map(
        ({ setting, value, problem, durability }) =>
          `${setting} = ${value}: ${problem}${optionFor({ setting, durability })}`,
      );
      return this.error("CONFIG_INVALID", said.join("; "));
    } catch (error) {
      if (isStorageError(error)) return error;
      throw error;
    }
  }

  /** Runs what asks the server; what it is refused with says which option to look at. */
  async told<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isStorageError(error) || this.isTold(error.message)) throw error;
      throw this.error(error.code, error.message, error.cause);
    }
  }

  private isTold(message: string): boolean {
    return message.includes(`\`${optionPath}\``);
  }

  private readonly common = (): CommonSettings => {
    const { durability = "power-loss", engine = "postgresql" } = this.settings;
    return { connectionString: this.address(), durability, engine };
  };

  private get settings(): PostgresSettings {
    return this.project.config.postgres ?? {};
  }

  private address(): string {
    const address = this.project.env[this.variable] ?? "";
    if (isAddress.test(address)) return address;
    const what = address === "" ? "is not set" : "holds no address";
    throw configError({
      file: this.file,
      path: optionPath,
      message:
        `\`${optionPath}\` names the environment variable ${this.variable}, which ${what}; set it ` +
        "to the server's address, postgres://user:password@host:port/database",
    });
  }

  private get file(): string {
    return this.project.configFile ?? "the config";
  }

  private error(code: StorageError["code"], message: string, cause?: unknown): StorageError {
    const where = `${this.file}: \`${optionPath}\` (${this.variable}): `;
    return new StorageError(code, `${where}${message}`, {
      backend: "postgres",
      ...(cause === undefined ? {} : { cause }),
    });
  }
}
