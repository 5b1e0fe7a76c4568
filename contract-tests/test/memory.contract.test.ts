import { memoryBackend } from "@cutover/core";
import { storageContract } from "@cutover/contract-tests";

storageContract({
  name: "memory",
  open: async (_location, { clock, lockTimeoutMs }) =>
    memoryBackend({
      ...(clock === undefined ? {} : { clock }),
      ...(lockTimeoutMs === undefined ? {} : { lockTimeoutMs }),
    }),
});
