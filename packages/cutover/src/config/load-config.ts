import { dirname, extname, resolve } from "node:path";
import { checkConfig } from "./check-config.ts";
import { configError } from "./config-error.ts";
import type { CutoverConfig } from "./cutover-config.ts";
import { importConfig } from "./import-config.ts";
import { readJsonConfig } from "./json-config.ts";
import { placeOfOption } from "./source-place.ts";

/** A config file, read and checked. */
export interface LoadedConfig {
  /** Absolute. */
  readonly file: string;
  readonly config: CutoverConfig;
  /** The data folder, absolute. */
  readonly folder: string;
}

/**
 * Reads and checks a config file.
 * @throws StorageError CONFIG_INVALID naming file, line and what to do; IO_FAILED
 */
export async function loadConfig(path: string): Promise<LoadedConfig> {
  const file = resolve(path);
  const read = extname(file) === ".json" ? readJsonConfig : importConfig;
  const { exported, source } = await read(file);
  const checked = checkConfig(exported);
  if (checked.problems === undefined) {
    const { config } = checked;
    return { file, config, folder: resolve(dirname(file), config.folder ?? ".") };
  }
  const [first, ...others] = checked.problems;
  const path0 = first?.path ?? "";
  const more = others.map((problem) => `; also: ${problem.message}`).join("");
  const message = `${first?.message ?? "the config cannot be used"}${more}`;
  const place = path0 === "" ? undefined : placeOfOption(source, path0);
  throw configError({ file, message, path: path0, place });
}
