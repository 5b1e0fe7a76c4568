import { isStorageError } from "@cutover/core";

/** How a call ended. */
export type Outcome = { readonly returned: unknown } | { readonly threw: string };

/** An error as far as all adapters must agree on it. */
export function describeError(error: unknown): string {
  if (!isStorageError(error)) return String(error);
  const { constraint, currentVersion } = error.details;
  const rest = [
    constraint && `constraint ${constraint}`,
    currentVersion && `now ${currentVersion}`,
  ];
  return [error.code, ...rest.filter((part) => part !== undefined)].join(", ");
}

/** Awaits a call, whatever comes of it. */
export async function outcomeOf(call: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { returned: await call() };
  } catch (error) {
    return { threw: describeError(error) };
  }
}

/** As text that tells apart all that must be told apart: absence, member order, -0. */
export function show(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (item === undefined) return "(undefined)";
    if (Object.is(item, -0)) return "(minus zero)";
    return typeof item === "number" && !Number.isFinite(item) ? `(${item})` : item;
  });
}

/** Relative difference allowed between sums, which stores may add up in any order. */
const sumTolerance = 1e-12;

function near(left: unknown, right: unknown): boolean {
  if (typeof left !== "number" || typeof right !== "number") return left === right;
  return (
    left === right ||
    Math.abs(left - right) <= sumTolerance * Math.max(Math.abs(left), Math.abs(right))
  );
}

/** Makes sums and averages that are near the expected ones equal to them. */
export function withSumsOf(expected: unknown, found: unknown): unknown {
  if (!Array.isArray(expected) || !Array.isArray(found) || expected.length !== found.length)
    return found;
  return found.map((row: unknown, at) => alignRow(expected[at], row));
}

function alignRow(expected: unknown, row: unknown): unknown {
  if (typeof expected !== "object" || expected === null || typeof row !== "object" || row === null)
    return row;
  const wanted = new Map<string, unknown>(Object.entries(expected));
  return Object.fromEntries(
    Object.entries(row).map(([part, figures]) => [
      part,
      part === "sum" || part === "avg" ? alignFigures(wanted.get(part), figures) : figures,
    ]),
  );
}

function alignFigures(expected: unknown, figures: unknown): unknown {
  if (
    typeof expected !== "object" ||
    expected === null ||
    typeof figures !== "object" ||
    figures === null
  )
    return figures;
  const wanted = new Map<string, unknown>(Object.entries(expected));
  return Object.fromEntries(
    Object.entries(figures).map(([member, figure]) => [
      member,
      near(wanted.get(member), figure) ? wanted.get(member) : figure,
    ]),
  );
}
