import { isStorageError, StorageError } from "@cutover/core";
import { inBackend, type Mutant } from "./mutant.ts";

/** Backends that are not closed when they say so. */
export const closingMutants: readonly Mutant[] = [
  inBackend(
    {
      name: "use-after-close-works",
      breaks: "a closed backend refuses every call with BACKEND_CLOSED",
    },
    () => ({
      close: async () => undefined,
      [Symbol.asyncDispose]: async () => undefined,
    }),
  ),
  inBackend({ name: "close-twice-throws", breaks: "closing twice is fine" }, (inner) => {
    let closed = false;
    return {
      close: async () => {
        if (closed) throw new StorageError("BACKEND_CLOSED", "closed already");
        closed = true;
        await inner.close();
      },
    };
  }),
  inBackend(
    { name: "close-does-not-wait", breaks: "close() waits for calls under way" },
    (inner) => ({
      close: async () => {
        inner.close().catch(() => undefined);
      },
    }),
  ),
  inBackend({ name: "dispose-does-not-close", breaks: "disposing closes" }, () => ({
    [Symbol.asyncDispose]: async () => undefined,
  })),
  inBackend(
    { name: "closed-is-io-error", breaks: "use after close is BACKEND_CLOSED" },
    (inner) => ({
      collection: (definition) => {
        try {
          return inner.collection(definition);
        } catch (cause) {
          throw isStorageError(cause, "BACKEND_CLOSED")
            ? new StorageError("IO_FAILED", "closed", { cause })
            : cause;
        }
      },
      info: (options) =>
        inner.info(options).catch((cause: unknown) => {
          throw isStorageError(cause, "BACKEND_CLOSED")
            ? new StorageError("IO_FAILED", "closed", { cause })
            : cause;
        }),
    }),
  ),
  inBackend(
    {
      name: "close-leaves-timer",
      breaks: "a process that has closed its backend ends by itself",
      hangs: true,
    },
    (inner) => {
      let timer: NodeJS.Timeout | undefined;
      return {
        close: async () => {
          timer ??= setInterval(() => undefined, 60_000);
          await inner.close();
        },
      };
    },
  ),
];
