import { spawn } from "node:child_process";
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
  readonly milliseconds: number;
}

const program = fileURLToPath(import.meta.resolve("cutover")).replace(/index\.([tj]s)$/, "bin.$1");

/** Types a command, in a process of its own. @throws when it does not succeed */
export async function typed(args: readonly string[]): Promise<Ran> {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    ["--conditions=@cutover/source", program, ...args, "--json"],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const [printed, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (printed === "") throw new Error(`cutover ${args.join(" ")} said nothing: ${complaints}`);
  const answer: CommandAnswer = JSON.parse(printed);
  if (!answer.ok) {
    const why = answer.blockedBy.map(({ message }) => message).join("; ");
    throw new Error(`cutover ${args.join(" ")}: ${why}`);
  }
  return { answer, milliseconds: performance.now() - began };
}
