export { modelDefinitions } from "./model-definitions.ts";
export {
  replayFrom,
  replayVariables,
  runModel,
  type ModelOptions,
  type ModelReport,
} from "./run-model.ts";
