import { defineCollection, isExpired, timestamp, type TimestampForm } from "@cutover/core";
import { sqliteBackend } from "@cutover/kysely/sqlite";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Folder } from "./folder.ts";

const presentMs = Date.parse("2026-03-01T12:00:00.123Z");

/** Instants around the present, down to the nanosecond, written with any number of digits. */
const iso = (zone: "Z" | ""): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.integer({ min: -2, max: 2 }),
      fc.integer({ min: 0, max: 999_999_999 }),
      fc.integer({ min: 0, max: 9 }),
    )
    .map(([seconds, nanoseconds, digits]) => {
      const whole = new Date(Math.floor(presentMs / 1000) * 1000 + seconds * 1000);
      const fraction = String(nanoseconds).padStart(9, "0").slice(0, digits);
      return whole.toISOString().slice(0, 19) + (digits === 0 ? "" : `.${fraction}`) + zone;
    });

const arbitraries: Readonly<Record<TimestampForm, fc.Arbitrary<string | number>>> = {
  "iso-utc": fc.oneof(
    iso("Z"),
    fc.constantFrom("0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z"),
  ),
  "iso-local": iso(""),
  "epoch-s": fc.double({ min: presentMs / 1000 - 0.01, max: presentMs / 1000 + 0.01, noNaN: true }),
  "epoch-ms": fc.oneof(
    fc.double({ min: presentMs - 3, max: presentMs + 3, noNaN: true }),
    fc.integer({ min: presentMs - 2, max: presentMs + 2 }),
    fc.constantFrom(-62_167_219_200_000, 253_402_300_799_999, 0, -0.5),
  ),
};

const forms: readonly TimestampForm[] = ["iso-utc", "iso-local", "epoch-s", "epoch-ms"];

test.each(forms)(
  "%s: SQL sees a record expire at the same moment as core, whatever its fraction",
  async (form) => {
    const collection = defineCollection({
      name: "leases",
      fields: { until: timestamp({ as: form }) },
      expiry: "until",
    });
    using folder = new Folder();
    let now = presentMs;
    await using storage = sqliteBackend({
      path: folder.file(),
      synchronous: "normal",
      clock: () => now,
    });
    const leases = storage.collection(collection);
    const shift = fc.oneof(
      fc.integer({ min: -2, max: 2 }),
      fc.double({ min: -2, max: 2, noNaN: true }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraries[form], { minLength: 1, maxLength: 8 }),
        shift,
        async (list, by) => {
          now = presentMs + by;
          await leases.replaceAll(list.map((until, index) => [`k${index}`, { until }] as const));
          const alive = list.flatMap((until, index) =>
            isExpired(collection, { until }, now) ? [] : [`k${index}`],
          );
          expect((await leases.find()).map(({ key }) => key)).toEqual(alive);
          expect([...(await leases.getMany(list.map((_, index) => `k${index}`))).keys()]).toEqual(
            alive,
          );
          expect(await leases.deleteExpired(now)).toBe(list.length - alive.length);
        },
      ),
      { numRuns: 120 },
    );
  },
);
