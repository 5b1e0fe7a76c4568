import { defineCollection, defineConfig, text, type CutoverConfig } from "cutover";
import { flagClient } from "./src/flags.ts";
import { stageRequest } from "./src/stage-request.ts";

const config: CutoverConfig = defineConfig({
  collections: [
    defineCollection({ name: "models", fields: { source: text() } }),
    defineCollection({ name: "settings" }),
  ],
  teams: { assets: { collections: ["models"] }, platform: { collections: ["settings"] } },
  cutover: { stageRequest: stageRequest(await flagClient()) },
});

export default config;
