import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Which call of a running process fails. */
export interface Injection {
  /** Names of system calls, with commas. */
  readonly calls: string;
  readonly errno: string;
  readonly nth: number;
  readonly isForGood: boolean;
  /** Only calls on these files count; all where there are none. */
  readonly paths: readonly string[];
}

/** Why strace cannot be used here; undefined if it can. */
export function whyNoStrace(): string | undefined {
  const args = ["-qq", "-e", "trace=none", "-e", "inject=fsync:error=EIO", "true"];
  const { error, status, stderr } = spawnSync("strace", args, { encoding: "utf8" });
  if (error !== undefined) return `strace cannot be started: ${error.message}`;
  return status === 0 ? undefined : `strace may not trace: ${stderr.trim()}`;
}

/** Makes calls of a process fail. @returns what ends it and tells how many calls failed */
export async function injectInto(
  pid: number,
  { calls, errno, nth, isForGood, paths }: Injection,
): Promise<() => Promise<number>> {
  const folder = mkdtempSync(join(tmpdir(), "cutover-strace-"));
  const log = join(folder, "log");
  const when = `${nth}${isForGood ? "+" : ""}`;
  const onPaths = paths.flatMap((path) => ["-P", path]);
  const what = ["-e", `trace=${calls}`, "-e", `inject=${calls}:error=${errno}:when=${when}`];
  const args = ["-f", "-p", String(pid), "-o", log, ...onPaths, ...what];
  const tracer = spawn("strace", args, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(tracer, "exit");
  await new Promise<void>((resolve, reject) => {
    let said = "";
    tracer.stderr.on("data", (piece: Buffer) => {
      said += piece.toString();
      if (/attached/.test(said)) resolve();
    });
    void ended.then(() => reject(new Error(`strace ended: ${said}`)));
  });
  return async () => {
    tracer.kill("SIGINT");
    await ended;
    const struck = readFileSync(log, "utf8").split("(INJECTED)").length - 1;
    rmSync(folder, { recursive: true });
    return struck;
  };
}
