import type { Comparison } from "../migration/comparison.ts";
import type { Output } from "../output/output.ts";
import { formatAmount, formatCount } from "../output/quantity.ts";

const printed = 20;

/** What differs in all comparisons, in words; undefined when nothing does. */
export function differencesInWords(comparisons: readonly Comparison[]): string | undefined {
  const words = { missing: 0, extra: 0, changed: 0, moved: 0 };
  for (const { counts } of comparisons) {
    words.missing += counts.missing;
    words.extra += counts.extra;
    words.changed += counts.changed;
    words.moved += counts.moved;
  }
  const parts = Object.entries(words)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${formatCount(count)} ${kind}`);
  return parts.length === 0 ? undefined : parts.join(", ");
}

/** Lists differences by key, never by value. */
export function printDifferences(comparisons: readonly Comparison[], output: Output): void {
  const all = comparisons.flatMap(({ differences }) => differences);
  for (const { kind, collection, key, records } of all.slice(0, printed)) {
    const run = records === undefined || records === 1 ? "" : ` and ${records - 1} behind it`;
    output.line(`  ${kind}  ${collection}  ${JSON.stringify(key)}${run}`);
  }
  if (all.length > printed)
    output.line(`  … ${formatAmount(all.length - printed, "more", "more")}`);
}
