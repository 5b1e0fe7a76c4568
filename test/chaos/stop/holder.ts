import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { defineCollection, integer, type CollectionDefinition } from "@cutover/core";
import { properLock } from "@cutover/json";
import { sqliteControl } from "@cutover/kysely/control";
import { sqliteBackend } from "@cutover/kysely/sqlite";

type Count = { n: number };
export const counters: CollectionDefinition<Count> = defineCollection<Count>({
  name: "counters",
  fields: { n: integer() },
});

/** Age at which the lock of JSON files is taken from a holder that cannot be judged. */
export const staleMs = 2000;

/** What a process may hold so that others must wait. */
export const held = [
  "lock of JSON files",
  "lock of the control store",
  "transaction of SQLite",
] as const;
export type HeldKind = (typeof held)[number];

/** Something held, and what gives it back. */
export interface Holding {
  /** False once somebody else has it. */
  readonly isMine: () => boolean;
  readonly release: () => Promise<void>;
}

/** Waits for it. @throws when the wait was longer than `timeoutMs` */
export const holders: Readonly<
  Record<HeldKind, (folder: string, timeoutMs: number) => Promise<Holding>>
> = {
  "lock of JSON files": async (folder, timeoutMs) => {
    const state = join(folder, ".cutover/json");
    mkdirSync(state, { recursive: true });
    const lock = await properLock(join(state, "lock"), { staleMs }).acquire({ timeoutMs });
    return { isMine: () => !lock.compromised, release: () => lock.release() };
  },
  "lock of the control store": async (folder, timeoutMs) => {
    const control = sqliteControl({ path: join(folder, "control.db") });
    await control.open();
    const lock = await control.lock("unit", "exclusive", { timeoutMs });
    return {
      isMine: () => true,
      release: async () => {
        lock.release();
        await control.close();
      },
    };
  },
  "transaction of SQLite": async (folder, timeoutMs) => {
    const backend = sqliteBackend({
      path: join(folder, "data.db"),
      collections: [counters],
      lockTimeoutMs: timeoutMs,
    });
    const begun = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    const ended = backend.transaction(
      async (tx) => {
        await tx.collection(counters).put("x", { n: 1 });
        begun.resolve();
        await over.promise;
      },
      { timeoutMs },
    );
    await Promise.race([begun.promise, ended]);
    return {
      isMine: () => true,
      release: async () => {
        over.resolve();
        await ended;
        await backend.close();
      },
    };
  },
};
