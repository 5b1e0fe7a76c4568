import { Command, InvalidArgumentError, Option } from "commander";
import type { BackendKind } from "cutover";

/** What was typed. */
export interface StartOptions {
  readonly folder: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly backend?: BackendKind;
  /** The environment variable that holds the address of a Postgres server. */
  readonly postgres?: string;
  readonly useJson: boolean;
  readonly autoMigrate: boolean;
}

interface Flags {
  readonly port: number;
  readonly backend?: BackendKind;
  readonly postgres?: string;
  readonly useJson?: boolean;
  readonly autoMigrate?: boolean;
}

const defaultPort = 8189;
const highestPort = 65_535;

function port(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value <= highestPort) return value;
  throw new InvalidArgumentError("a port is a whole number from 0 to 65535.");
}

function command(): Command {
  return new Command("models-downloader")
    .description("Serves the storage of ComfyUI Workflow Models Downloader over HTTP on loopback.")
    .argument("<folder>", "the application's folder, where its JSON files or its database lie")
    .option("--port <number>", "port on 127.0.0.1; 0 lets the system choose", port, defaultPort)
    .addOption(
      new Option("--backend <store>", "the store to ask for; the migration record decides").choices(
        ["json", "sqlite"],
      ),
    )
    .addOption(
      new Option("--use-json", "as --backend json: refused where the files are stale").conflicts([
        "backend",
        "autoMigrate",
      ]),
    )
    .addOption(
      new Option(
        "--postgres <variable>",
        "the stores are on a Postgres server; this environment variable holds its address",
      ).conflicts(["backend", "useJson", "autoMigrate"]),
    )
    .option("--auto-migrate", "move the folder into a database on its first start");
}

function optionsOf(folder: string, flags: Flags): StartOptions {
  const { port: chosen, backend, postgres, useJson = false, autoMigrate = false } = flags;
  return {
    folder,
    port: chosen,
    useJson,
    autoMigrate,
    ...(backend === undefined ? {} : { backend }),
    ...(postgres === undefined ? {} : { postgres }),
  };
}

/**
 * Reads the command line. Unknown flags and contradictions are refused.
 * @throws CommanderError having printed what is wrong, or the help that was asked for
 */
export function startOptions(argv: readonly string[]): StartOptions {
  let options: StartOptions | undefined;
  const program = command()
    .exitOverride()
    .action((folder: string, flags: Flags) => {
      options = optionsOf(folder, flags);
      const { autoMigrate, backend, postgres = "_" } = options;
      if (autoMigrate && backend === "json")
        program.error("error: option '--auto-migrate' cannot be used with option '--backend json'");
      // Not quoted: whoever gives an address gives a password.
      if (!/^[A-Za-z_]\w*$/.test(postgres))
        program.error("error: option '--postgres' takes the name of an environment variable");
    });
  program.parse([...argv], { from: "user" });
  if (options === undefined) program.error("error: nothing to do");
  return options ?? program.error("error: nothing to do");
}
