import Conf from "conf";
import type { BenchmarkRecord } from "@cutover/fixtures";
import type { StoreKind } from "../stores/store-kind.ts";

/** conf as its manual sets it up. File names have dots in them, which it would take for paths. */
export const confKind: StoreKind = {
  id: "conf",
  name: "conf",
  setup:
    "conf 16.0.0, `accessPropertiesByDotNotation: false`; without its cache, as is its default",
  caution: "loses other processes' changes",
  promises: { get: false, put: false },
  async open(folder) {
    const conf = new Conf<Record<string, BenchmarkRecord>>({
      cwd: folder,
      configName: "conf",
      accessPropertiesByDotNotation: false,
    });
    return {
      get: (key) => conf.get(key),
      put: (key, value) => conf.set(key, value),
      async fill(entries) {
        conf.store = Object.fromEntries(entries);
      },
      close: async () => {},
    };
  },
};
