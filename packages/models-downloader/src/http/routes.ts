import { aliasRoutes } from "./alias-routes.ts";
import { downloadRoutes } from "./download-routes.ts";
import { foundRoutes } from "./found-routes.ts";
import { historyRoutes } from "./history-routes.ts";
import { modelRoutes } from "./model-routes.ts";
import { nodeRoutes } from "./node-routes.ts";
import type { Route } from "./route.ts";
import { searchCacheRoutes } from "./search-cache-routes.ts";
import { settingsRoutes } from "./settings-routes.ts";
import { sourceRoutes } from "./source-routes.ts";
import { usageRoutes } from "./usage-routes.ts";
import { workflowRoutes } from "./workflow-routes.ts";

/** Every endpoint, under `/workflow-models`. */
export const routes: readonly Route[] = [
  ...settingsRoutes,
  ...historyRoutes,
  ...searchCacheRoutes,
  ...usageRoutes,
  ...nodeRoutes,
  ...modelRoutes,
  ...aliasRoutes,
  ...foundRoutes,
  ...workflowRoutes,
  ...sourceRoutes,
  ...downloadRoutes,
];
