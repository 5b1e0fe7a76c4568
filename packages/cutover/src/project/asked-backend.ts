import { StorageError } from "@cutover/core";
import { suggestion } from "../config/suggestion.ts";
import type { BackendKind } from "../state/migration-record.ts";

/** A store that was asked for, and by whom. */
export interface AskedBackend {
  readonly backend: BackendKind;
  /** Such as `--use-json` or `CUTOVER_BACKEND`. */
  readonly by: string;
}

/** Where a store may be asked for, the first one that asks counting. */
export interface AskingPlaces {
  /** The application's own arguments. */
  readonly argv?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly option?: BackendKind | undefined;
  readonly config?: BackendKind | undefined;
}

const known: readonly BackendKind[] = ["json", "sqlite"];

function backendNamed(word: string, by: string): AskedBackend {
  const backend = known.find((kind) => kind === word);
  if (backend !== undefined) return { backend, by };
  throw new StorageError(
    "CONFIG_INVALID",
    `${by} asks for the store ${JSON.stringify(word)}; ${suggestion(word, known)}`,
  );
}

function fromArguments(argv: readonly string[]): AskedBackend | undefined {
  const asked: AskedBackend[] = [];
  const end = argv.indexOf("--");
  const flags = end < 0 ? argv : argv.slice(0, end);
  flags.forEach((flag, index) => {
    if (flag === "--use-json") asked.push({ backend: "json", by: flag });
    if (flag === "--backend") asked.push(backendNamed(flags[index + 1] ?? "", flag));
    if (flag.startsWith("--backend=")) asked.push(backendNamed(flag.slice(10), "--backend"));
  });
  const [first, ...others] = asked;
  const other = others.find((one) => one.backend !== first?.backend);
  if (first !== undefined && other !== undefined) {
    throw new StorageError(
      "CONFIG_INVALID",
      `the arguments ask for two stores (${first.by}: ${first.backend}, ${other.by}: ${other.backend}); leave one out`,
    );
  }
  return first;
}

/**
 * The store that is asked for: by a flag, else the environment, else the caller, else the config.
 * Asking decides nothing: the migration record does.
 *
 * @throws StorageError CONFIG_INVALID for a store that does not exist
 */
export function askedBackend(places: AskingPlaces): AskedBackend | undefined {
  const flag = fromArguments(places.argv ?? []);
  if (flag !== undefined) return flag;
  const variable = places.env?.["CUTOVER_BACKEND"];
  if (variable !== undefined && variable !== "") return backendNamed(variable, "CUTOVER_BACKEND");
  if (places.option !== undefined) return { backend: places.option, by: "the option `backend`" };
  if (places.config === undefined) return undefined;
  return { backend: places.config, by: "the config's `backend`" };
}
