import type { DirtyCount } from "@cutover/core";
import { describe, expect, it } from "vitest";
import { mayLag } from "../../src/drain/lag.ts";

const now = 1_700_000_000_000;
const busy: DirtyCount = { keys: 3, collections: [], writing: 1, oldestMs: now - 5 };

describe("a round of the drain", () => {
  it("waits while somebody is writing, so that what they write comes along", () => {
    expect(mayLag(busy, now)).toBe(true);
  });

  it.each<[string, Partial<DirtyCount>]>([
    ["nobody is writing", { writing: 0 }],
    ["the oldest difference has waited long enough", { oldestMs: now - 250 }],
    ["there is plenty to do", { keys: 1000 }],
    ["a whole collection is to be compared", { collections: ["models"] }],
    ["the clock was put back", { oldestMs: now + 60_000 }],
    ["nothing is known of how long it has waited", { oldestMs: undefined }],
  ])("begins at once when %s", (_when, change) => {
    expect(mayLag({ ...busy, ...change }, now)).toBe(false);
  });
});
