import type { CliCommand } from "./command.ts";
import { initCommand } from "./init.ts";

/** Every verb, in the order in which the help lists them. */
export const commands: readonly CliCommand[] = [initCommand];
