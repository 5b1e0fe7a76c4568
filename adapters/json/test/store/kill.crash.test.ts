import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commitPoints } from "../../src/store/commit-points.ts";
import { fileStore } from "../../src/store/file-store.ts";
import { startChild } from "./child-process.ts";
import { add, readCounter } from "./counter.ts";
import { leftovers, tempFolder } from "./temp-folder.ts";

const rounds = Number(process.env["CUTOVER_KILL_ROUNDS"] ?? 60);
const claimedFrom = commitPoints.indexOf("linked");

describe("a writer killed at a random moment", () => {
  it.each(["lock", "no-lock"])(
    "loses no acknowledged commit and leaves nothing behind (with %s)",
    async (lock) => {
      const root = tempFolder();
      let acknowledged = 0;
      for (let round = 0; round < rounds; round += 1) {
        const child = startChild("./acknowledge.fixture.ts", [root, lock]);
        const acks = 1 + Math.floor(Math.random() * 4);
        for (let ack = 0; ack < acks; ack += 1) {
          const value = Number(await child.nextLine());
          expect(value).toBeGreaterThan(acknowledged);
          acknowledged = value;
        }
        const spread = Math.random() * 3;
        for (const start = performance.now(); performance.now() - start < spread;) continue;
        child.kill("SIGKILL");
        expect(await child.ended).toBe("SIGKILL");
        for (
          let rest = await child.lines.next();
          rest.done !== true;
          rest = await child.lines.next()
        )
          acknowledged = Number(rest.value);

        const store = await fileStore({ root });
        const { bytes } = await store.read(["a.json", "sub/b.json"]);
        const found = Number(bytes.get("a.json"));
        expect([acknowledged, acknowledged + 1]).toContain(found);
        expect(Number(bytes.get("sub/b.json"))).toBe(found);
        await store.close();
        expect(leftovers(root).filter((path) => !path.endsWith("json/lock"))).toEqual([]);
        acknowledged = found;
      }
    },
  );
});

const deaths = commitPoints.flatMap((point) => [
  { point, occurrence: 1 },
  ...(["temp-opened", "temp-written", "target-opened", "before-rename", "renamed"].includes(point)
    ? [{ point, occurrence: 2 }]
    : []),
]);

describe("a writer killed inside a commit of two files", () => {
  it.each(deaths)(
    "at $point ($occurrence) has committed both or neither",
    async ({ point, occurrence }) => {
      const root = tempFolder();
      mkdirSync(`${root}/sub`);
      writeFileSync(`${root}/a.json`, "7");
      writeFileSync(`${root}/sub/b.json`, "7");
      const args = [root, point, String(occurrence), "SIGKILL", "lock"];
      const child = startChild("./stop-at.fixture.ts", args);
      expect(await child.ended).toBe("SIGKILL");

      const expected = commitPoints.indexOf(point) >= claimedFrom ? 8 : 7;
      const reader = await fileStore({ root });
      expect(await readCounter(reader, "a.json")).toBe(expected);
      expect(await readCounter(reader, "sub/b.json")).toBe(expected);
      expect(readFileSync(`${root}/a.json`, "utf8")).toBe(String(expected));
      expect(readFileSync(`${root}/sub/b.json`, "utf8")).toBe(String(expected));

      await reader.withLock(() => add(reader, { "a.json": 10, "sub/b.json": 10 }));
      expect(await readCounter(reader, "a.json")).toBe(expected + 10);
      await reader.close();
      expect(leftovers(root)).toEqual([]);
    },
  );
});

describe("a successor killed while it finishes a dead writer's commit", () => {
  const points = ["claim-synced", "before-rename", "renamed", "targets-renamed", "targets-synced"];

  it.each(points)("at %s leaves that to the next one", async (point) => {
    const root = tempFolder();
    const first = startChild("./stop-at.fixture.ts", [root, "claimed", "1", "SIGKILL", "lock"]);
    expect(await first.ended).toBe("SIGKILL");
    const second = startChild("./stop-at.fixture.ts", [root, point, "1", "SIGKILL", "lock"]);
    expect(await second.ended).toBe("SIGKILL");

    const store = await fileStore({ root });
    expect(store.snapshot(["a.json"]).revision).toBe(1);
    expect(readFileSync(`${root}/a.json`, "utf8")).toBe("1");
    expect(readFileSync(`${root}/sub/b.json`, "utf8")).toBe("1");
    await store.withLock(() => add(store, { "a.json": 1, "sub/b.json": 1 }));
    expect(await readCounter(store, "sub/b.json")).toBe(2);
    await store.close();
    expect(leftovers(root)).toEqual([]);
  });
});

describe("a store that was open while another process died", () => {
  it("sees a claimed commit as applied before anybody has applied it", async () => {
    const root = tempFolder();
    writeFileSync(`${root}/a.json`, "7");
    const open = await fileStore({ root });
    const before = open.snapshot(["a.json", "sub/b.json"]);
    const args = [root, "claimed", "1", "SIGKILL", "lock"];
    expect(await startChild("./stop-at.fixture.ts", args).ended).toBe("SIGKILL");

    expect(readFileSync(`${root}/a.json`, "utf8")).toBe("7");
    const [a] = before.files.values();
    expect(a && open.isCurrent(a)).toBe(false);
    expect(await readCounter(open, "a.json")).toBe(8);
    expect(await readCounter(open, "sub/b.json")).toBe(1);
    const version = open.snapshot(["a.json"]).files.get("a.json");
    expect(version && open.isCurrent(version)).toBe(true);
    expect(readFileSync(`${root}/a.json`, "utf8")).toBe("7");

    await open.withLock(async () => {});
    expect(readFileSync(`${root}/a.json`, "utf8")).toBe("8");
    expect(await readCounter(open, "a.json")).toBe(8);
    await open.close();
  });
});
