import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** Starts a program of this folder that talks with whoever started it, and ends with it. */
export function startProgram(name: string, args: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  return fork(path, [...args], { execArgv: ["--conditions=@cutover/source"] });
}

/** Waits for a message; a process that ends instead has failed. @throws Error then */
export async function messageFrom(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  try {
    const [first]: unknown[] = await Promise.race([
      once(child, "message", ended),
      once(child, "exit", ended).then(([code]): never => {
        throw new Error(`a child process ended with ${String(code)} before it was done`);
      }),
    ]);
    return first;
  } finally {
    ended.abort();
  }
}

/** Ends those that are still there, for when something has gone wrong. */
export function killAll(children: readonly ChildProcess[]): void {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  }
}
