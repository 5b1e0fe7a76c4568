import type { ControlStore } from "@cutover/core";
import { cutoverBackend, Operator, stages } from "@cutover/engine";
import { postgresControl } from "@cutover/kysely/postgres-control";
import { startPostgres } from "@cutover/test-postgres";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { expect, it } from "vitest";
import { items, unit, walk } from "../backend/two-stores.ts";
import { watchedStore } from "../backend/watched-store.ts";

describePostgres("a writer whose lock is lost while it writes", () => {
  /** Where the store that was written to is still in charge, what was written is there. */
  it.each([
    ["shadow", "live", undefined],
    ["live", "shadow", undefined],
    ["off", "dualwrite", { n: 2 }],
  ] as const)(
    "is not told that it has written when the stage went from %s to %s",
    async (from, to, found) => {
      await using database = await (await startPostgres()).database();
      const stores = { old: watchedStore("old"), new: watchedStore("new") };
      const given = { old: stores.old.backend, new: stores.new.backend, units: [unit] };
      const opened: ControlStore[] = [];
      const open = async (): Promise<ControlStore> => {
        const control = postgresControl({
          connectionString: database.url,
          durability: "process-crash",
        });
        await control.open();
        opened.push(control);
        return control;
      };
      const operatorOf = (control: ControlStore): Operator =>
        new Operator({ ...given, control, reverseWindowMs: 0 });
      await walk(operatorOf(await open()), from);
      const app = await cutoverBackend({ ...given, control: await open() });
      const collection = app.collection(items);
      await collection.put("a", { n: 1 });

      const reached = Promise.withResolvers<void>();
      const goOn = Promise.withResolvers<void>();
      const authority = stores[stages[from].authority];
      authority.hindrance = () => {
        authority.hindrance = undefined;
        reached.resolve();
        return goOn.promise;
      };
      const written = collection.put("b", { n: 2 }).catch((error: unknown) => error);
      await reached.promise;
      await database.query(
        `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
       WHERE application_name = 'cutover control' AND datname = current_database()`,
      );
      await walk(operatorOf(await open()), to);
      goOn.resolve();

      expect(await written).toMatchObject({ code: "COMMIT_UNKNOWN", retry: "after-check" });
      expect(await collection.get("a")).toEqual({ n: 1 });
      expect(await collection.get("b")).toEqual(found);
      await collection.put("b", { n: 3 });
      expect(await collection.get("b")).toEqual({ n: 3 });
      await app.close();
      await Promise.all(opened.map((control) => control.close()));
    },
  );
});
