import { trusted } from "../proof/trusted.ts";
import { inCollections, type Mutant } from "./mutant.ts";

/** Any method of a collection. */
export type Method = (...call: unknown[]) => unknown;
const calls = [
  "get",
  "getMany",
  "has",
  "entry",
  "insert",
  "put",
  "patch",
  "update",
  "delete",
  "clear",
  "replaceAll",
  "putMany",
  "deleteMany",
  "find",
  "page",
  "count",
  "aggregate",
  "search",
  "deleteExpired",
] as const;

/** Lays one fault over every method of every collection. */
export function everyCall(
  name: string,
  breaks: string,
  fault: (inner: Method, call: unknown[]) => Promise<unknown>,
): Mutant {
  return inCollections({ name, breaks }, (inner) =>
    Object.fromEntries(
      calls.map((method) => [
        method,
        (...call: unknown[]) => fault(trusted(inner[method].bind(inner)), call),
      ]),
    ),
  );
}
