import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** What the demo reads of a command's answer. */
export interface CommandAnswer {
  readonly ok: boolean;
  readonly blockedBy: readonly { readonly message: string }[];
  readonly units?: readonly UnitPart[];
}

interface UnitPart {
  readonly unit: string;
  readonly to?: string;
  /** For how long its writers waited, in milliseconds. */
  readonly frozenMs?: number;
  readonly records?: number;
  readonly differences?: number;
}

/** A command that ran, with its answer. */
export interface Ran {
  readonly answer: CommandAnswer;
  /** Of all attempts together. */
  readonly milliseconds: number;
}

/** The exit code that means: somebody was in the way, nothing was changed, type it again. */
const busyCode = 5;
const mostAttempts = 10;

const program = fileURLToPath(import.meta.resolve("cutover")).replace(/index\.([tj]s)$/, "bin.$1");

interface Attempt {
  readonly answer: CommandAnswer;
  readonly isBusy: boolean;
}

async function attempt(args: readonly string[]): Promise<Attempt> {
  const child = spawn(
    process.execPath,
    ["--conditions=@cutover/source", program, ...args, "--json"],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const exit = once(child, "exit");
  const [printed, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  await exit;
  if (printed === "") throw new Error(`cutover ${args.join(" ")} said nothing: ${complaints}`);
  const answer: CommandAnswer = JSON.parse(printed);
  return { answer, isBusy: child.exitCode === busyCode };
}

/**
 * Types a command, in a process of its own; again when it was busy, as an operator would.
 * @throws when it does not succeed
 */
export async function typed(args: readonly string[]): Promise<Ran> {
  const began = performance.now();
  for (let attempts = 1; ; attempts++) {
    const { answer, isBusy } = await attempt(args);
    if (answer.ok) return { answer, milliseconds: performance.now() - began };
    if (isBusy && attempts < mostAttempts) continue;
    const why = answer.blockedBy.map(({ message }) => message).join("; ");
    throw new Error(`cutover ${args.join(" ")}: ${why}`);
  }
}
