import { StorageError } from "@cutover/core";
import type { TextPlace } from "../state/placed-json.ts";

/** What is wrong with a config file, and where. */
export interface ConfigProblem {
  readonly file: string;
  readonly message: string;
  /** Path of the option, such as `sqlite.synchronous`. */
  readonly path?: string;
  readonly place?: TextPlace | undefined;
  readonly cause?: unknown;
}

/** The error for a config file that cannot be used: `file:line:column: what and what to do`. */
export function configError(problem: ConfigProblem): StorageError {
  const { file, message, place, cause } = problem;
  const path = problem.path === undefined ? "$" : `$.${problem.path}`;
  const at = place === undefined ? file : `${file}:${place.line}:${place.column}`;
  return new StorageError("CONFIG_INVALID", `${at}: ${message}`, {
    ...(place === undefined ? {} : { position: { file, path, ...place } }),
    ...(cause === undefined ? {} : { cause }),
  });
}
