import type { ControlStore } from "@cutover/core";

/** A control store that never answers at once, as one behind a network does. */
export function lateControl(control: ControlStore): ControlStore {
  return new Proxy(control, {
    get: (target, member) => {
      if (member === "generation")
        return async (): Promise<number | undefined> => target.generation();
      const value: unknown = Reflect.get(target, member);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
