import type { Command } from "commander";
import type { Answer } from "../output/answer.ts";
import type { Output } from "../output/output.ts";

/** What the work of a command is handed. */
export interface Session {
  readonly output: Output;
  /** Fires when the user interrupts; its reason is then what the work should throw. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether somebody sits at a terminal who could answer. */
  readonly isInteractive: boolean;
  /**
   * Asks before something that cannot be undone, naming its target.
   * @param yes - `--yes` was given: nothing is asked
   * @throws UsageError when the answer is no, or there is no terminal to ask
   */
  confirm(question: string, yes: boolean): Promise<void>;
}

/** What a command registers its work with. */
export interface CommandContext {
  /** Runs the work, prints its answer or its error, and sets the exit code. Never rejects. */
  run(command: string, work: (session: Session) => Promise<Answer>): Promise<void>;
}

/** One verb of the `cutover` command. */
export interface CliCommand {
  readonly name: string;
  /** Adds the verb, its arguments and its options to the program. */
  register(program: Command, context: CommandContext): void;
}
