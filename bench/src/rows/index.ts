import type { Row } from "../row.ts";
import { backfillRow } from "./backfill.ts";
import { batchChangeRow, batchRow } from "./batch.ts";
import { clearRow } from "./clear.ts";
import { coldProcessRow } from "./cold-process.ts";
import { concurrentPutsRow } from "./concurrent-puts.ts";
import { dualRunRow } from "./dual-run.ts";
import { equalPutRow } from "./equal-put.ts";
import { findRow } from "./find.ts";
import { fullTextRow } from "./full-text.ts";
import { getManyRow } from "./get-many.ts";
import { getRow } from "./get.ts";
import { growthRow } from "./growth.ts";
import { iterateRow } from "./iterate.ts";
import { jsonConcurrentPutsRow } from "./json-concurrent-puts.ts";
import { jsonGetRow } from "./json-get.ts";
import { jsonPutRow } from "./json-put.ts";
import { jsonReloadRow } from "./json-reload.ts";
import { migrateRow } from "./migrate.ts";
import { planTableRow } from "./plan.ts";
import { postgresRow } from "./postgres.ts";
import { putRow } from "./put.ts";
import { queryRow } from "./query.ts";
import { switchRow } from "./switch.ts";
import { verifyRow } from "./verify.ts";
import { jsonProcessesRow, writerProcessesRow } from "./writer-processes.ts";

/** All rows, in the order in which they run. */
export const allRows: readonly Row[] = [
  getRow,
  findRow,
  getManyRow,
  queryRow,
  putRow,
  concurrentPutsRow,
  equalPutRow,
  batchChangeRow,
  batchRow,
  fullTextRow,
  iterateRow,
  coldProcessRow,
  writerProcessesRow,
  migrateRow,
  verifyRow,
  jsonGetRow,
  jsonPutRow,
  jsonConcurrentPutsRow,
  jsonReloadRow,
  jsonProcessesRow,
  dualRunRow,
  backfillRow,
  clearRow,
  switchRow,
  postgresRow,
  planTableRow,
  growthRow,
];
