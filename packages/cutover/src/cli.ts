import type { Readable, Writable } from "node:stream";
import { Command, CommanderError } from "commander";
import type { CliCommand, CommandContext, Session } from "./commands/command.ts";
import { commands as allCommands } from "./commands/index.ts";
import { exitCodeOf } from "./output/answer.ts";
import { confirmed } from "./output/confirmation.ts";
import { reportOf, UsageError } from "./output/error-report.ts";
import { Output } from "./output/output.ts";
import { shellWord } from "./output/shell-word.ts";
import { ownVersion } from "./project/version.ts";

/** The world around a run of the command. */
export interface CliIo {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Interrupts the command under way. */
  readonly signal: AbortSignal;
  /** Default: all there are. */
  readonly commands?: readonly CliCommand[];
}

const exitCodes = [
  "Exit codes: 0 done, 1 failed, 2 usage or config, 3 differences found, 4 refused,",
  "            5 busy, 130 interrupted.",
].join("\n");

class Run implements CommandContext {
  exitCode = 0;
  readonly #io: CliIo;
  readonly #output: Output;
  readonly #argv: readonly string[];

  constructor(io: CliIo, output: Output, argv: readonly string[]) {
    this.#io = io;
    this.#output = output;
    this.#argv = argv;
  }

  async run(
    command: string,
    work: (session: Session) => ReturnType<Parameters<CommandContext["run"]>[1]>,
  ): Promise<void> {
    try {
      const answer = await work(this.#session());
      this.#output.answer(command, answer);
      this.exitCode = exitCodeOf(answer);
    } catch (error) {
      this.fail(command, error);
    }
  }

  fail(command: string, error: unknown): void {
    const report = reportOf(error);
    this.#output.failure(command, report);
    this.exitCode = report.exitCode;
  }

  #session(): Session {
    const { stdin, stderr, signal, env, cwd } = this.#io;
    const confirm = async (question: string, yes: boolean): Promise<void> => {
      const next = `cutover ${[...this.#argv, "--yes"].map(shellWord).join(" ")}`;
      if (!yes) await confirmed(question, { input: stdin, output: stderr, signal, next });
    };
    const isInteractive = stdin.isTTY === true && stderr.isTTY === true;
    return { output: this.#output, signal, env, cwd, isInteractive, confirm };
  }
}

function programOf(io: CliIo): Command {
  return new Command("cutover")
    .description("Moves an application off its JSON files, and back if need be.")
    .option("--json", "print one JSON document instead of text")
    .version(ownVersion(), "-V, --version", "print the version")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      // What commander would say itself is told as an error like any other.
      writeErr: () => {},
    })
    .exitOverride()
    .addHelpText("after", `\n${exitCodes}`);
}

/**
 * Runs the `cutover` command.
 * @param argv - the arguments behind the program's name
 * @returns the exit code
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<number> {
  const { stdout, stderr } = io;
  const output = new Output({ stdout, stderr, json: argv.includes("--json") });
  const run = new Run(io, output, argv);
  const program = programOf(io);
  for (const command of io.commands ?? allCommands) command.register(program, run);
  try {
    if (argv.length === 0) program.help();
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) run.fail("cutover", error);
    else if (error.exitCode !== 0) run.fail("cutover", usageError(error));
  }
  return run.exitCode;
}

function usageError(error: CommanderError): UsageError {
  const message = error.message.replace(/^error: /, "").trim();
  return new UsageError(message, "cutover --help");
}
