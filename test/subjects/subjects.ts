import { join } from "node:path";
import type { ContractSubject } from "@cutover/contract-tests";
import { restoreJson } from "@cutover/json";
import { restoreSqlite } from "@cutover/kysely/sqlite";
import { open as openJson } from "./json.subject.fixture.ts";
import { open as openMemory } from "./memory.subject.fixture.ts";
import { databaseName, open as openSqlite } from "./sqlite.subject.fixture.ts";

/** Every adapter of this workspace. */
export const subjects: readonly ContractSubject[] = [
  { name: "memory", open: openMemory },
  {
    name: "json",
    open: openJson,
    module: new URL("./json.subject.fixture.ts", import.meta.url),
    restore: async (from, to) => {
      await restoreJson({ from, to });
    },
  },
  {
    name: "sqlite",
    open: openSqlite,
    module: new URL("./sqlite.subject.fixture.ts", import.meta.url),
    restore: async (from, to) => {
      await restoreSqlite({ from, to: join(to, databaseName) });
    },
  },
];
