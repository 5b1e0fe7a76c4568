import type { ControlStore } from "@cutover/core";
import { describePostgres } from "@cutover/test-postgres/vitest";
import { describe, expect, test } from "vitest";
import { testedEngines } from "../postgres/tested-engines.ts";
import { TestControl } from "./open-control.ts";

const target = { collection: "c", key: "k" };

/** When something is given up: by the statement that writes, or by the commit behind it. */
const moments = { statement: "", commit: "DEFERRABLE INITIALLY DEFERRED" } as const;

/** Calls that change a table of the store. */
const calls: readonly (readonly [
  table: string,
  call: (control: ControlStore) => Promise<unknown>,
])[] = [
  ["records", (control) => control.commit([{ name: "r", revision: 0, value: 1 }], [])],
  ["marks", (control) => control.mark("u", [target])],
  ["notes", (control) => control.note("t", "k", 1)],
];

describePostgres("a control store that the server gives up with 40001", () => {
  describe.each(testedEngines)("%s", (_, engine) => {
    test.each(["statement", "commit"] as const)("at the %s does it again", async (when) => {
      await using made = await TestControl.make(engine);
      const control = await made.open();
      const held = await control.lock("l", "exclusive", { timeoutMs: 20_000 });
      for (const [table, call] of calls) {
        const level = when === "commit" ? "CONSTRAINT" : "";
        await made.database.query(`
          CREATE SEQUENCE ${table}_attempts;
          CREATE FUNCTION ${table}_give_up() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF nextval('${table}_attempts') <= 3 THEN
              RAISE EXCEPTION 'restart transaction' USING ERRCODE = '40001';
            END IF;
            RETURN NULL;
          END $$;
          CREATE ${level} TRIGGER give_up AFTER INSERT OR UPDATE ON cutover_control.${table}
            ${moments[when]} FOR EACH ROW EXECUTE FUNCTION ${table}_give_up()`);
        await call(control);
        const rows = await made.database.query(
          `SELECT last_value::int AS n FROM ${table}_attempts`,
        );
        expect(rows).toEqual([{ n: 4 }]);
      }
      held.release();
      expect(await control.records()).toMatchObject([{ name: "r", revision: 1 }]);
      expect(await control.count("u")).toMatchObject({ keys: 1, writing: 1 });
      expect(await control.notes("t")).toEqual([{ key: "k", value: 1 }]);
    });
  });
});
