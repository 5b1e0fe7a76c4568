import type { Finding } from "../migration/finding-list.ts";
import type { Output } from "../output/output.ts";
import { formatAmount, formatCount } from "../output/quantity.ts";

/** What a command found in files. */
export interface FoundInFiles {
  readonly count: number;
  readonly first: readonly Finding[];
}

const printed = 20;

/** Lists what cannot be taken over, one line each: where, and what to do about it. */
export function printFindings({ count, first }: FoundInFiles, output: Output): void {
  if (count === 0) return;
  output.line();
  output.line(`${formatAmount(count, "finding")}:`);
  for (const { position, message, code } of first.slice(0, printed)) {
    const { file, line, column, path } = position;
    const place = `${file}:${line}:${column}`;
    output.line(`  ${place}  ${path}  ${code === "corrupt-file" ? "" : `${code}: `}${message}`);
  }
  const more = count - Math.min(printed, first.length);
  if (more > 0) output.line(`  … and ${formatCount(more)} more`);
}
