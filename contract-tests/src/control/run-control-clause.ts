import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ControlStore } from "@cutover/core";
import type { ControlClause, ControlSubject } from "./control-clause.ts";

/**
 * Proves one clause on new stores in a folder of its own. Needs no test runner.
 *
 * @throws whatever the clause asserts, or an error of the store
 */
export async function runControlClause(
  clause: ControlClause,
  subject: ControlSubject,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "cutover-control-"));
  const opened: ControlStore[] = [];
  try {
    await clause.run({
      open: async (options = {}) => {
        const store = subject.make(join(folder, `${opened.length}`), options);
        opened.push(store);
        await store.open();
        return store;
      },
    });
  } finally {
    await Promise.all(opened.map((store) => store.close()));
    await rm(folder, { recursive: true, force: true });
  }
}
