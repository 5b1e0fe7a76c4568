import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { UsageError } from "./error-report.ts";
import { printable } from "./printable.ts";

/** Where to ask. */
export interface Asking {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
  readonly signal: AbortSignal;
  /** The command that needs no answer. */
  readonly next: string;
}

/**
 * Asks a question that only `y` or `yes` answers with yes.
 * @throws UsageError when the answer is no, or there is nobody to ask
 */
export async function confirmed(question: string, asking: Asking): Promise<void> {
  const { input, output, signal, next } = asking;
  if (input.isTTY !== true || output.isTTY !== true) {
    throw new UsageError(`${question} Nobody is there to answer; add --yes to go ahead`, next);
  }
  const terminal = createInterface({ input, output });
  try {
    const reply = await terminal.question(`${printable(question)} [y/N] `, { signal });
    if (!/^\s*y(es)?\s*$/i.test(reply)) throw new UsageError("not confirmed; nothing was changed");
  } finally {
    terminal.close();
  }
}
