import { everyCall } from "./every-call.ts";
import { inBackend, inCollections, type Mutant } from "./mutant.ts";

const signalOf = (call: readonly unknown[]): AbortSignal | undefined =>
  call
    .map((part) =>
      typeof part === "object" && part !== null && "signal" in part ? part.signal : undefined,
    )
    .find((signal) => signal instanceof AbortSignal);
const withoutSignal = (call: readonly unknown[]): unknown[] =>
  call.map((part) => {
    if (typeof part !== "object" || part === null || !("signal" in part)) return part;
    const { signal: _, ...rest } = part;
    return rest;
  });

/** Calls that cannot be given up. */
export const abortMutants: readonly Mutant[] = [
  everyCall("abort-ignored", "an aborted call rejects", async (inner, call) =>
    inner(...withoutSignal(call)),
  ),
  everyCall(
    "abort-reason-wrapped",
    "an aborted call rejects with the signal's own reason",
    async (inner, call) => {
      try {
        return await inner(...call);
      } catch (error) {
        const signal = signalOf(call);
        throw signal?.aborted === true && error === signal.reason
          ? new Error("aborted", { cause: error })
          : error;
      }
    },
  ),
  everyCall(
    "aborted-call-takes-effect",
    "a call that was aborted has changed nothing",
    async (inner, call) => {
      const result = await inner(...withoutSignal(call));
      signalOf(call)?.throwIfAborted();
      return result;
    },
  ),
  inCollections(
    { name: "iterate-ignores-abort", breaks: "an aborted iteration ends with the reason" },
    (inner) => ({
      iterate: (query = {}) =>
        inner.iterate(query.where === undefined ? {} : { where: query.where }),
    }),
  ),
  inBackend(
    {
      hangs: true,
      name: "transaction-ignores-abort",
      breaks: "an aborted transaction is rolled back",
    },
    (inner) => ({
      transaction: (work, { timeoutMs } = {}) =>
        inner.transaction(work, timeoutMs === undefined ? {} : { timeoutMs }),
    }),
  ),
];
