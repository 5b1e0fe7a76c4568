import {
  appendFileSync,
  chownSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { postgresBinaries, postgresMissing, type PostgresBinaries } from "./server/binaries.ts";
import { runFolder } from "./server/run-folder.ts";
import {
  initialise,
  launch,
  makeFolder,
  mustRun,
  runAs,
  stopServer,
  user,
} from "./server/server-process.ts";
import { serverUser, type ServerUser } from "./server/server-user.ts";

/** A primary that commits only when its standby has it, too. */
export interface TestCluster extends AsyncDisposable {
  readonly primaryUrl: string;
  readonly standbyUrl: string;
  /** Names both, as a client that finds the primary wants them. */
  readonly url: string;
  /** Kills the primary with SIGKILL; it is not started again. */
  killPrimary(): void;
  /** Makes the standby the primary, which waits for no standby. */
  promote(): void;
}

/** Every commit is on the disk, here and there. */
const settings: readonly string[] = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "max_connections=100",
  "shared_buffers=32MB",
  "wal_level=replica",
  "max_wal_senders=4",
  "hot_standby=on",
  "synchronous_commit=on",
];

/** Of a copy only what the primary makes anew, or must not share, is left out. */
const notCopied = new Set(["postmaster.pid", "postmaster.opts", "pg_wal"]);

async function query(url: string, sql: string): Promise<unknown[][]> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: "array" });
    return rows;
  } finally {
    await client.end();
  }
}

function giveTo(path: string, owner: ServerUser | undefined): void {
  if (owner === undefined) return;
  chownSync(path, owner.uid, owner.gid);
}

function giveAllTo(folder: string, owner: ServerUser | undefined): void {
  giveTo(folder, owner);
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" }))
    giveTo(join(folder, entry), owner);
}

interface Server {
  readonly folder: string;
  readonly url: string;
}

class Cluster implements TestCluster {
  private readonly primary: Server;
  private readonly standby: Server;
  private readonly owner: ServerUser | undefined;
  private readonly binaries: PostgresBinaries;

  constructor(
    primary: Server,
    standby: Server,
    run: { readonly owner: ServerUser | undefined; readonly binaries: PostgresBinaries },
  ) {
    this.primary = primary;
    this.standby = standby;
    this.owner = run.owner;
    this.binaries = run.binaries;
  }

  get primaryUrl(): string {
    return this.primary.url;
  }

  get standbyUrl(): string {
    return this.standby.url;
  }

  get url(): string {
    const { host } = new URL(this.standby.url);
    return this.primary.url.replace(/(?<=@[^/]*)(?=\/)/, `,${host}`);
  }

  killPrimary(): void {
    const record = readFileSync(join(this.primary.folder, "data", "postmaster.pid"), "utf8");
    process.kill(Number(record.split("\n")[0]), "SIGKILL");
  }

  promote(): void {
    const { folder } = this.standby;
    const parameters = ["promote", "-w", "-t", "60", "-D", join(folder, "data")];
    mustRun(this.binaries.control, parameters, runAs(this.owner, folder));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { folder } of [this.primary, this.standby]) {
      stopServer(folder);
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Copies a running primary's files between the calls that make that a backup. */
async function copyPrimary(from: Server, to: string, owner: ServerUser | undefined): Promise<void> {
  const client = new Client({ connectionString: from.url });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("SELECT pg_backup_start('standby', fast => true)");
    const source = join(from.folder, "data");
    cpSync(source, to, {
      recursive: true,
      filter: (path) => !notCopied.has(path.slice(source.length + 1)),
    });
    const { rows } = await client.query<{ labelfile: string }>(
      "SELECT labelfile FROM pg_backup_stop(wait_for_archive => false)",
    );
    writeFileSync(join(to, "backup_label"), rows[0]?.labelfile ?? "", { mode: 0o600 });
  } finally {
    await client.end();
  }
  makeFolder(join(to, "pg_wal"), owner);
}

/**
 * A primary and a synchronous standby that follows it by streaming replication, both real, both on
 * free ports of this machine, stopped when disposed of, and with the run.
 *
 * @throws Error where there is no Postgres for this machine; ask `postgresMissing` first
 */
export async function startCluster(): Promise<TestCluster> {
  const binaries = postgresBinaries();
  if (binaries === undefined) throw new Error(postgresMissing());
  const owner = serverUser();
  const password = randomUUID();
  const name = randomUUID();
  const folderOf = (role: string): string => join(runFolder(), `cluster-${name}-${role}`);
  const urlOf = (port: number): string =>
    `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;

  const primaryFolder = folderOf("primary");
  makeFolder(primaryFolder, owner);
  initialise(primaryFolder, password, binaries, owner);
  const hba = "host replication all 127.0.0.1/32 password\n";
  appendFileSync(join(primaryFolder, "data", "pg_hba.conf"), hba);
  const primaryPort = await launch(primaryFolder, settings, binaries, owner);
  const primary = { folder: primaryFolder, url: urlOf(primaryPort) };

  const standbyFolder = folderOf("standby");
  makeFolder(standbyFolder, owner);
  const data = join(standbyFolder, "data");
  await copyPrimary(primary, data, owner);
  const source = `host=127.0.0.1 port=${primaryPort} user=${user} password=${password} application_name=standby`;
  appendFileSync(join(data, "postgresql.auto.conf"), `primary_conninfo = '${source}'\n`);
  writeFileSync(join(data, "standby.signal"), "");
  giveAllTo(data, owner);
  const standbyPort = await launch(standbyFolder, settings, binaries, owner);

  await query(primary.url, "ALTER SYSTEM SET synchronous_standby_names = 'standby'");
  await query(primary.url, "SELECT pg_reload_conf()");
  for (;;) {
    const [[state] = []] = await query(primary.url, "SELECT sync_state FROM pg_stat_replication");
    if (state === "sync") break;
  }
  const standby = { folder: standbyFolder, url: urlOf(standbyPort) };
  return new Cluster(primary, standby, { owner, binaries });
}
