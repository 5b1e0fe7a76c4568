import { setImmediate as nextTurn } from "node:timers/promises";
import type { StorageBackend } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { lateControl } from "./late-control.ts";
import { items, TwoStores, unit, walk } from "./two-stores.ts";

const forced = { force: true, reason: "a test" };

/** Writes numbers that grow, and reads them here and elsewhere. */
class ReadAndWrite {
  written = 0;
  isOver = false;
  private readonly writer: StorageBackend;
  private readonly readers: readonly StorageBackend[];

  constructor(writer: StorageBackend, other: StorageBackend) {
    this.writer = writer;
    this.readers = [writer, other];
  }

  async run(): Promise<void> {
    while (!this.isOver) {
      const n = this.written + 1;
      await this.writer.collection(items).put("a", { n });
      for (const reader of this.readers) await this.read(reader, n);
      this.written = n;
      // Stores in memory answer at once: the operator has a turn, too.
      await nextTurn();
    }
  }

  private async read(reader: StorageBackend, n: number): Promise<void> {
    const found = await reader.collection(items).get("a");
    if (found?.n !== n) throw new Error(`wrote ${n}, read ${found?.n}`);
    const listed = await reader.collection(items).find({ where: { n } });
    if (listed.length !== 1) throw new Error(`wrote ${n}, and it is not found`);
  }
}

describe.each([
  ["at once", false],
  ["later", true],
] as const)("with a control store that answers %s", (_name, isLate) => {
  it("what was acknowledged is read at once by every process, while a unit goes there and back", async () => {
    await using hop = await TwoStores.make();
    const operator = await hop.operator();
    const control = await hop.control();
    const writer = await hop.app(isLate ? { control: lateControl(control) } : {});
    const other = await hop.app(isLate ? { control: lateControl(await hop.control()) } : {});
    const traffic = new ReadAndWrite(writer, other);
    const work = traffic.run();
    try {
      for (const stage of ["shadow", "live", "shadow", "live", "rampdown", "shadow"] as const) {
        await walk(operator, stage);
        const before = traffic.written;
        while (traffic.written < before + 2) await Promise.race([work, nextTurn()]);
      }
      await operator.cancel(unit, forced);
    } finally {
      traffic.isOver = true;
    }
    await work;
    expect(await other.collection(items).get("a")).toEqual({ n: traffic.written });
  });

  it("a read that a switch overtakes is asked again of the store that came to be in charge", async () => {
    await using hop = await TwoStores.make();
    const operator = await hop.operator();
    const reader = await hop.app(isLate ? { control: lateControl(await hop.control()) } : {});
    const writer = await hop.app();
    await writer.collection(items).put("a", { n: 1 });
    await walk(operator, "shadow");
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    // The old store has found its answer, and takes its time to give it.
    hop.old.late = async () => {
      asked.resolve();
      await answer.promise;
    };
    const reading = reader.collection(items).get("a");
    await asked.promise;
    hop.old.late = undefined;
    await operator.switch(unit, forced);
    await writer.collection(items).put("a", { n: 2 });
    answer.resolve();
    expect(await reading).toEqual({ n: 2 });
  });
});
