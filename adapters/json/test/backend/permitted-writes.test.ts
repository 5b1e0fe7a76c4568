import { defineCollection, driverOf, type JsonValue, type WriteOperation } from "@cutover/core";
import { describe, expect, test } from "vitest";
import { DataFolder } from "./folder.fixture.ts";

const settings = defineCollection({ name: "settings" });
const context = { nowMs: 0, signal: undefined, timeoutMs: 10_000 };

function put(key: string, value: JsonValue, insert: boolean = false): WriteOperation {
  return { type: "put", collection: settings, key, value, insert, ifVersion: undefined };
}

const never = (): Promise<void> => Promise.reject(new Error("asked"));

/** A folder of one file, opened, with the two ways to write. */
async function opened(content: string) {
  const folder = new DataFolder();
  folder.write("settings.json", content);
  const { backend, collection } = await folder.open(settings);
  const driver = driverOf(backend);
  return {
    folder,
    collection,
    write: (operation: WriteOperation) => driver.write([operation], context),
    ask: (operation: WriteOperation, permit: () => Promise<void>) => {
      if (driver.writePermitted === undefined) throw new Error("the driver prepares nothing");
      return driver.writePermitted([operation], context, permit);
    },
    json: (): JsonValue => JSON.parse(folder.read("settings.json")),
  };
}

describe("a write that has to be permitted", () => {
  test("shows nowhere before it is, and is there after", async () => {
    const { collection, ask, json } = await opened('{"a": 1}');
    const asked = Promise.withResolvers<void>();
    const permission = Promise.withResolvers<void>();
    const written = ask(put("a", 2), () => {
      asked.resolve();
      return permission.promise;
    });
    await asked.promise;
    expect(await collection.get("a")).toBe(1);
    expect(json()).toEqual({ a: 1 });
    permission.resolve();
    await written;
    expect(await collection.get("a")).toBe(2);
    expect(json()).toEqual({ a: 2 });
  });

  test("leaves nothing when it is refused, not even beside the file", async () => {
    const { folder, collection, ask, write, json } = await opened('{"a": 1}');
    await write(put("b", 1));
    const before = folder.bytes("settings.json");
    const refused = ask(put("a", 2), () => Promise.reject(new Error("no mark")));
    await expect(refused).rejects.toThrow("no mark");
    expect(folder.bytes("settings.json")).toEqual(before);
    expect(await collection.get("a")).toBe(1);
    expect(folder.names().filter((name) => name.endsWith(".tmp"))).toEqual([]);
    await write(put("c", 1));
    expect(json()).toEqual({ a: 1, b: 1, c: 1 });
  });

  test("that is refused takes nobody along who is in the same commit", async () => {
    const { ask, write, json } = await opened("{}");
    let asked = 0;
    const outcomes = await Promise.allSettled([
      ask(put("a", 1), async () => void asked++),
      ask(put("b", 1), () => Promise.reject(new Error("no mark"))),
      write(put("c", 1)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(asked).toBe(2);
    expect(json()).toEqual({ a: 1, c: 1 });
  });

  test("does not ask where it changes nothing, or cannot be made", async () => {
    const { ask, json } = await opened('{"a": 1}');
    await ask(put("a", 1), never);
    await expect(ask(put("a", 2, true), never)).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
    expect(json()).toEqual({ a: 1 });
  });

  test("is done anew on what somebody else wrote while it was waiting", async () => {
    const { folder, ask, json } = await opened('{"a": 1}');
    let asked = 0;
    await ask(put("b", 1), async () => {
      if (asked++ === 0) folder.write("settings.json", '{"a": "by hand"}');
    });
    expect(asked).toBe(2);
    expect(json()).toEqual({ a: "by hand", b: 1 });
  });
});
