import type { StorageBackend } from "@cutover/core";
import { counters } from "../kill-loop/counters.ts";

type Weaken = (whole: StorageBackend) => StorageBackend;

/** The same collections with another `putMany`. */
function withPutMany(
  whole: StorageBackend,
  putMany: (signal: AbortSignal, put: (keys: readonly string[]) => Promise<void>) => Promise<void>,
): StorageBackend {
  const records = whole.collection(counters);
  return new Proxy(whole, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (name !== "collection") return typeof member === "function" ? member.bind(target) : member;
      return (definition: typeof counters) => {
        if (definition !== counters) return target.collection(definition);
        return new Proxy(records, {
          get: (own, call) => {
            const found: unknown = Reflect.get(own, call, own);
            if (call !== "putMany") return typeof found === "function" ? found.bind(own) : found;
            return (
              entries: readonly (readonly [string, { n: number }])[],
              { signal }: { signal: AbortSignal },
            ) =>
              putMany(signal, (keys) => own.putMany(entries.filter(([key]) => keys.includes(key))));
          },
        });
      };
    },
  });
}

/** Stores that give calls up wrongly, to see whether that is noticed. */
export const abortFaults: Readonly<Record<string, Weaken>> = {
  /** Looks whether it was given up when it is too late. */
  late: (whole) =>
    withPutMany(whole, async (signal, put) => {
      await put(["a", "d", "c"]);
      signal.throwIfAborted();
    }),
  /** Stops in the middle. */
  half: (whole) =>
    withPutMany(whole, async (signal, put) => {
      for (const key of ["a", "d", "c"]) {
        signal.throwIfAborted();
        await put([key]);
      }
    }),
  /** Tells the caller, and goes on. */
  goesOn: (whole) =>
    withPutMany(whole, async (signal, put) => {
      signal.throwIfAborted();
      const aborted = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => aborted.reject(signal.reason), { once: true });
      await Promise.race([put(["a", "d", "c"]), aborted.promise]);
    }),
  /** Says that it is done, having done nothing. */
  silent: (whole) =>
    withPutMany(whole, async (signal, put) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (!signal.aborted) await put(["a", "d", "c"]);
    }),
};
