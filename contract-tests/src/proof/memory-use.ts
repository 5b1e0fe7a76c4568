import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { trusted } from "./trusted.ts";

let collect: (() => void) | undefined;

/** Collects garbage now, also in a process that was not started with `--expose-gc`. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = trusted<() => void>(runInNewContext("gc"));
  }
  collect();
}

/** Bytes that live values take, inside the heap and outside. */
export function usedBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
