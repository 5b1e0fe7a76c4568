import { spawnSync, type SpawnSyncOptions } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { postgresBinaries, postgresMissing, type PostgresBinaries } from "./binaries.ts";
import { freePort } from "./free-port.ts";
import { serverUser, type ServerUser } from "./server-user.ts";

/** Settings of every server, for many short tests on a small machine. */
const settings: readonly string[] = [
  "listen_addresses=127.0.0.1",
  "unix_socket_directories=",
  "max_connections=200",
  "shared_buffers=64MB",
  "wal_level=minimal",
  "max_wal_senders=0",
];
/** Nothing survives a power cut, and no commit waits for the disk. */
const hasty: readonly string[] = ["fsync=off", "full_page_writes=off"];
/** Who may do anything there. */
export const user = "cutover";

export function runAs(owner: ServerUser | undefined, folder: string): SpawnSyncOptions {
  return { ...owner, cwd: folder, env: { ...process.env, LC_ALL: "C" }, windowsHide: true };
}

export function mustRun(
  program: string,
  parameters: readonly string[],
  options: SpawnSyncOptions,
): void {
  const { status, error, stdout, stderr } = spawnSync(program, parameters, options);
  if (status === 0) return;
  const said = [error?.message, String(stderr ?? ""), String(stdout ?? "")]
    .filter(Boolean)
    .join("\n");
  throw new Error(`${program} failed (${status ?? "not run"}): ${said}`);
}

export function makeFolder(folder: string, owner: ServerUser | undefined): void {
  mkdirSync(folder);
  chmodSync(folder, 0o700);
  if (owner !== undefined) chownSync(folder, owner.uid, owner.gid);
}

export function initialise(
  folder: string,
  password: string,
  { initdb }: PostgresBinaries,
  owner: ServerUser | undefined,
): void {
  const file = join(folder, "password");
  writeFileSync(file, password, { mode: 0o600 });
  if (owner !== undefined) chownSync(file, owner.uid, owner.gid);
  const parameters = ["-D", join(folder, "data"), "-U", user, "--auth=password"];
  const kind = ["--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"];
  mustRun(initdb, [...parameters, `--pwfile=${file}`, ...kind], runAs(owner, folder));
  rmSync(file);
}

export async function launch(
  folder: string,
  chosen: readonly string[],
  { control }: PostgresBinaries,
  owner: ServerUser | undefined,
): Promise<number> {
  const log = join(folder, "log");
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const options = [...chosen, `port=${port}`].map((setting) => `-c ${setting}`).join(" ");
    const parameters = ["start", "-w", "-t", "60", "-D", join(folder, "data"), "-l", log];
    try {
      // Its output goes to the log; a pipe would be held open by the server.
      const quiet: SpawnSyncOptions = { ...runAs(owner, folder), stdio: "ignore" };
      mustRun(control, [...parameters, "-o", options], quiet);
      return port;
    } catch (cause) {
      // Somebody else may have taken the port meanwhile.
      if (attempt < 3) continue;
      const said = existsSync(log) ? readFileSync(log, "utf8") : "";
      throw new Error(`Postgres did not start in ${folder}: ${said}`, { cause });
    }
  }
}

/**
 * Makes a server in a folder that does not exist yet and starts it.
 *
 * @returns its address
 */
async function makeServer(folder: string, durable: boolean): Promise<string> {
  const binaries = postgresBinaries();
  if (binaries === undefined) throw new Error(postgresMissing());
  const owner = serverUser();
  makeFolder(folder, owner);
  const password = randomUUID();
  initialise(folder, password, binaries, owner);
  const chosen = durable ? settings : [...settings, ...hasty];
  const port = await launch(folder, chosen, binaries, owner);
  return `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
}

/** Makes and starts a server, and leaves its address, or why there is none, in a file. */
export async function startServer(folder: string, durable: boolean): Promise<void> {
  let answer: { readonly url: string } | { readonly error: string };
  try {
    answer = { url: await makeServer(folder, durable) };
  } catch (error) {
    answer = { error: error instanceof Error ? error.message : String(error) };
  }
  writeFileSync(`${folder}.new`, JSON.stringify(answer), { mode: 0o600 });
  renameSync(`${folder}.new`, `${folder}.json`);
}

/** Whether the process is a server on this data folder, and not one that was given its number since. */
function serves(pid: string, data: string): boolean {
  if (process.platform === "win32") return true;
  const record = `/proc/${pid}/cmdline`;
  if (existsSync(record)) return readFileSync(record, "utf8").includes(data);
  const { stdout } = spawnSync("ps", ["-o", "args=", "-p", pid]);
  return String(stdout).includes(data);
}

/** Stops the server of a folder at once, if it runs. */
export function stopServer(folder: string): void {
  const data = join(folder, "data");
  const record = join(data, "postmaster.pid");
  const binaries = postgresBinaries();
  if (binaries === undefined || !existsSync(record)) return;
  const [pid = ""] = readFileSync(record, "utf8").split("\n");
  if (!serves(pid, data)) return;
  const { uid, gid } = statSync(data);
  const owner = process.getuid?.() === 0 ? { uid, gid } : undefined;
  mustRun(binaries.control, ["stop", "-D", data, "-m", "immediate", "-w"], runAs(owner, folder));
}
