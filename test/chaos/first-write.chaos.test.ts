import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { failuresTellTheirCommand } from "./again.ts";
import { collections, counters } from "./kill-loop/counters.ts";
import { ReadyWriter } from "./kill-loop/ready-writer.ts";
import { Subject } from "./subject.ts";

failuresTellTheirCommand();

const dying = join(import.meta.dirname, "first-write/die-at-link.fixture.ts");

const temporary = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".tmp"),
  );

test.skipIf(process.platform === "win32")(
  "what a process leaves that is killed while it makes the folder of JSON commits is swept away by the next",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "cutover-first-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const store = join(folder, "0");
    mkdirSync(store);
    const writer = new ReadyWriter({ kind: "json", folder, name: "first", imports: [dying] });
    await writer.write(() => {});
    expect(await writer.end()).toBe("SIGKILL");
    expect(temporary(store)).toHaveLength(1);
    const backend = await new Subject("json", store, collections).open();
    await backend.collection(counters).put("last", { n: 0 });
    await backend.close();
    expect(temporary(store)).toEqual([]);
  },
);
