import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fileStore } from "../../src/store/file-store.ts";
import { startChild } from "./child-process.ts";
import { add, readCounter } from "./counter.ts";
import { gateAt } from "./gate.ts";
import { tempFolder } from "./temp-folder.ts";

describe("a store whose first writer died before it wrote anything", () => {
  it.each([".cutover/json/commits", ".cutover/json/writers", ".cutover"])(
    "having made %s, is read as if nothing had been made",
    async (folder) => {
      const root = tempFolder();
      writeFileSync(`${root}/a.json`, "7");
      mkdirSync(`${root}/${folder}`, { recursive: true });
      const store = await fileStore({ root });
      expect(await readCounter(store, "a.json")).toBe(7);
      const [version] = store.snapshot(["a.json"]).files.values();
      expect(version && store.isCurrent(version)).toBe(true);
      await store.withLock(() => add(store, { "a.json": 1 }));
      expect(await readCounter(store, "a.json")).toBe(8);
      await store.close();
    },
  );
});

describe("a claimed commit whose writer left no note", () => {
  it("is finished by whoever opens the store, for programs without the library", async () => {
    const root = tempFolder();
    writeFileSync(`${root}/a.json`, "7");
    const args = [root, "claimed", "1", "SIGKILL", "lock"];
    expect(await startChild("./stop-at.fixture.ts", args).ended).toBe("SIGKILL");
    const notes = `${root}/.cutover/json/writers`;
    expect(readdirSync(notes)).toHaveLength(1);
    rmSync(notes, { recursive: true });

    const store = await fileStore({ root });
    expect(readFileSync(`${root}/a.json`, "utf8")).toBe("8");
    expect(readFileSync(`${root}/sub/b.json`, "utf8")).toBe("1");
    await store.close();
  });

  it("is left to its writer while that lives", async () => {
    const root = tempFolder();
    writeFileSync(`${root}/a.json`, "7");
    const gate = gateAt("claimed");
    const writer = await fileStore({ root, pause: gate.pause });
    const written = writer.withLock(() => add(writer, { "a.json": 1 }));
    await gate.reached;

    const other = await fileStore({ root });
    expect(readFileSync(`${root}/a.json`, "utf8")).toBe("7");
    expect(await readCounter(other, "a.json")).toBe(8);
    gate.open();
    await written;
    expect(readFileSync(`${root}/a.json`, "utf8")).toBe("8");
    await Promise.all([writer.close(), other.close()]);
  });
});
