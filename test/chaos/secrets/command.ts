import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { childEnv } from "../child-env.ts";

const program = join(import.meta.dirname, "../../../packages/cutover/src/bin.ts");

/** All that a command said, on both streams, and its exit code. */
export interface Said {
  readonly text: string;
  readonly status: number;
}

/** Runs `cutover` as a person would, under a umask that forbids nothing. */
export async function cutover(...args: readonly string[]): Promise<Said> {
  const node = [process.execPath, "--conditions=@cutover/source", program, ...args];
  const line = node.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(" ");
  const child = spawn("sh", ["-c", `umask 0; exec ${line}`], {
    stdio: ["ignore", "pipe", "pipe"],
    env: childEnv,
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (piece: Buffer) => {
      text += piece.toString();
    });
  }
  const [status] = await once(child, "close");
  return { text, status: Number(status) };
}
