import { tmpdir } from "node:os";
import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface BenchArguments {
  readonly quick: boolean;
  /** Rows to run; undefined for all. */
  readonly rows: readonly string[] | undefined;
  readonly format: "terminal" | "markdown" | "json";
  /** Where the files that are measured lie: on the disk that counts. */
  readonly folder: string;
  /** Whether to write the report. */
  readonly report: boolean;
  /** A run to write the report from, instead of measuring. */
  readonly from: string | undefined;
  readonly help: boolean;
}

/** How to call the program. */
export const usage = `Usage: pnpm bench [--quick] [--rows 1,5,plan] [--json | --markdown] [--folder PATH]
                  [--report [--from run.json]]

  --quick     fewer and shorter rounds: all rows but growth in about two minutes
  --rows      only these rows
  --json      one JSON document instead of a table
  --markdown  a table for a Markdown file
  --folder    where to measure; a folder on the disk that counts (default: the system's for
              temporary files, ${tmpdir()})
  --report    also write bench/report: a page, its pictures and the run they are made of
  --from      show the run in this file, or write the report from it; nothing is measured
`;

/**
 * Reads the command line.
 *
 * @throws TypeError on an unknown option; RangeError on a row that does not exist
 */
export function parseArguments(args: readonly string[], known: readonly string[]): BenchArguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      rows: { type: "string" },
      json: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      folder: { type: "string", default: tmpdir() },
      report: { type: "boolean", default: false },
      from: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  const rows = values.rows?.split(",").map((row) => row.trim());
  const unknown = rows?.find((row) => !known.includes(row));
  if (unknown !== undefined) {
    throw new RangeError(`there is no row "${unknown}"; there are ${known.join(", ")}`);
  }
  const printed = values.markdown ? "markdown" : "terminal";
  return {
    quick: values.quick,
    rows,
    format: values.json ? "json" : printed,
    folder: values.folder,
    report: values.report,
    from: values.from,
    help: values.help,
  };
}
