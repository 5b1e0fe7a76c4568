import * as nodeModule from "node:module";

let isRegistered = false;

/**
 * Lets a config in a folder without `node_modules` import "cutover": where the usual resolution
 * fails, this very package is meant. What is installed beside the config always comes first.
 * Node before 22.15 has no such hook; there the config needs an installed package.
 */
export function resolveCutover(): void {
  if (isRegistered || typeof nodeModule.registerHooks !== "function") return;
  isRegistered = true;
  nodeModule.registerHooks({
    resolve: (specifier, context, nextResolve) => {
      if (specifier !== "cutover") return nextResolve(specifier, context);
      try {
        return nextResolve(specifier, context);
      } catch {
        return { url: import.meta.resolve("cutover"), shortCircuit: true };
      }
    },
  });
}
