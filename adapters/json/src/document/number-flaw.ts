import type { FindingCode } from "./finding.ts";

/** What is lost when a number literal becomes a double; undefined when nothing that counts is. */
export function numberFlaw(literal: string, isInteger: boolean): FindingCode | undefined {
  const number = Number(literal);
  if (!Number.isFinite(number)) return "number-overflow";
  if (!isInteger || Number.isSafeInteger(number)) return undefined;
  return String(number) === literal ? undefined : "unsafe-integer";
}
