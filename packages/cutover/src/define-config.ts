import type { CutoverConfig } from "./config/cutover-config.ts";

/**
 * Describes where an application's data lies and what is in it; the default export of
 * `cutover.config.ts`. It is checked when it is loaded.
 *
 * @example
 * export default defineConfig({
 *   folder: "./data",
 *   collections: [defineCollection({ name: "settings" })],
 * });
 */
export function defineConfig(config: CutoverConfig): CutoverConfig {
  return config;
}
