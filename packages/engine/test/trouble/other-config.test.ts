import { defineCollection } from "@cutover/core";
import { cutoverBackend, Operator, type CutoverOptions, type Unit } from "@cutover/engine";
import { describe, expect, it } from "vitest";
import { recordName } from "../../src/unit/unit-record.ts";
import { toShadow } from "../bypass/json-and-sqlite.ts";
import { filled, keysOf, notes, type Scene } from "./scene.ts";

const other = defineCollection({ name: "other" });
const wider: Unit = { name: "unit", collections: [notes, other] };

const storesOf = ({ json, sqlite, control, unit }: Scene): CutoverOptions & { units: Unit[] } => ({
  old: json,
  new: sqlite,
  control,
  units: [unit],
});

/** What another process is configured with, and what it is told. */
const others = {
  "a unit of more collections": {
    options: (scene: Scene) => ({ ...storesOf(scene), units: [wider] }),
    says: "is being moved with the collections notes, and this process was configured with notes, other",
  },
  "a unit of another name": {
    options: (scene: Scene) => ({
      ...storesOf(scene),
      units: [{ name: "renamed", collections: [notes] }],
    }),
    says: 'collection "notes" is being moved with unit "unit", and this process was configured with it in unit "renamed"',
  },
  "a unit of another name and more collections": {
    options: (scene: Scene) => ({ ...storesOf(scene), units: [{ ...wider, name: "renamed" }] }),
    says: 'collection "notes" is being moved with unit "unit"',
  },
  "the hop the other way round": {
    options: (scene: Scene) => ({ ...storesOf(scene), old: scene.sqlite, new: scene.json }),
    says: "is on its way from json to sqlite, and this process was configured for sqlite to json",
  },
} as const;

describe.each(Object.entries(others))("a process with %s", (_name, { options, says }) => {
  const refused = { code: "STAGE_REFUSED", message: expect.stringContaining(says) };

  it("is refused when it opens, and cannot move the unit either", async () => {
    await using hop = await filled();
    await toShadow(hop);
    await expect(cutoverBackend(options(hop))).rejects.toMatchObject(refused);
    const operator = new Operator(options(hop));
    const [unit] = options(hop).units;
    if (unit === undefined) throw new Error("no unit");
    for (const verb of ["switch", "cancel", "backfill", "verify", "repair", "status"] as const)
      await expect(operator[verb](unit)).rejects.toMatchObject(refused);
    expect((await hop.operator.record(hop.unit)).stage).toBe("shadow");
  });

  it("that was open before the unit began to move is refused from then on, and writes nothing", async () => {
    await using hop = await filled();
    const storage = await cutoverBackend(options(hop));
    await toShadow(hop);
    const collection = storage.collection(notes);
    await expect(collection.get("a")).rejects.toMatchObject(refused);
    await expect(collection.put("d", { title: "d", size: 1 })).rejects.toMatchObject(refused);
    const work = storage.transaction(async (inside) => inside.collection(notes).delete("a"));
    await expect(work).rejects.toMatchObject(refused);
    expect(await keysOf(hop.storage)).toEqual(["a", "b", "c"]);
    await hop.storage.collection(notes).put("d", { title: "d", size: 1 });
    await storage.close();
  });
});

async function asNewerVersion({ control, unit }: Scene): Promise<void> {
  const name = recordName(unit.name);
  const found = (await control.records()).find((record) => record.name === name);
  if (found === undefined) throw new Error("not recorded");
  const { revision, value } = found;
  const newer = { ...Object(value), protocol: 2 };
  await control.commit([{ name, revision, value: newer }], []);
}

describe("a unit that a newer version moves", () => {
  const tooNew = { code: "FORMAT_TOO_NEW", message: expect.stringContaining("newer version") };

  it("is left alone by a process that knows only the old protocol, from the next call on", async () => {
    await using hop = await filled();
    await toShadow(hop);
    await asNewerVersion(hop);
    const collection = hop.storage.collection(notes);
    await expect(collection.get("a")).rejects.toMatchObject(tooNew);
    await expect(collection.put("d", { title: "d", size: 1 })).rejects.toMatchObject(tooNew);
    expect(await keysOf(hop.json)).toEqual(["a", "b", "c"]);
    await expect(hop.operator.switch(hop.unit)).rejects.toMatchObject(tooNew);
    await expect(hop.operator.cancel(hop.unit)).rejects.toMatchObject(tooNew);
  });

  it("is not opened by such a process", async () => {
    await using hop = await filled();
    await toShadow(hop);
    await asNewerVersion(hop);
    await expect(hop.open()).rejects.toMatchObject(tooNew);
  });
});
