import { describe, expect, it } from "vitest";
import { defineCollection, memoryBackend } from "../src/index.ts";

const numbers = defineCollection<number>({ name: "numbers" });

describe("a caller whom no types warn", () => {
  it.each([
    ["a name", "numbers"],
    ["plain options", { name: "numbers" }],
  ])("is told what collection() takes when it gets %s", async (_, given) => {
    const storage = memoryBackend();
    // @ts-expect-error -- what JavaScript may pass
    expect(() => storage.collection(given)).toThrow("defineCollection()");
  });

  it("is told that update() does not wait, and nothing is written", async () => {
    const storage = memoryBackend();
    const collection = storage.collection(numbers);
    await collection.put("a", 1);
    // @ts-expect-error -- what JavaScript may pass
    await expect(collection.update("a", async () => 2)).rejects.toMatchObject({
      code: "INVALID_VALUE",
      message: expect.stringContaining("asynchronous"),
    });
    expect(await collection.get("a")).toBe(1);
  });
});
