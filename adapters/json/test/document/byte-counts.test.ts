import fc from "fast-check";
import { expect, test } from "vitest";
import { charactersIn, lineFeedsIn } from "../../src/document/byte-counts.ts";

/** Bytes at any place of a buffer, and a range of them. */
const range = fc
  .record({
    before: fc.nat(5),
    bytes: fc.array(
      fc.oneof(fc.constantFrom(0x0a, 0x0b, 0x8a, 0x00, 0x80, 0xc3, 0xff), fc.nat(255)),
      { maxLength: 40 },
    ),
    from: fc.nat(40),
    length: fc.nat(40),
  })
  .map(({ before, bytes, from, length }) => {
    const whole = Uint8Array.from([...Array.from({ length: before }, () => 0x0a), ...bytes]);
    const start = Math.min(from, bytes.length);
    return {
      bytes: whole.subarray(before),
      from: start,
      to: Math.min(bytes.length, start + length),
    };
  });

test("line feeds are counted, and the last one found, as a look at every byte does", () => {
  fc.assert(
    fc.property(range, ({ bytes, from, to }) => {
      const places = [...bytes.keys()].filter((at) => at >= from && at < to && bytes[at] === 0x0a);
      expect(lineFeedsIn(bytes, from, to)).toEqual({
        count: places.length,
        last: places.at(-1) ?? -1,
      });
    }),
    { numRuns: 2000 },
  );
});

test("characters are counted where they begin, as a look at every byte does", () => {
  fc.assert(
    fc.property(range, ({ bytes, from, to }) => {
      const begun = [...bytes.subarray(from, to)].filter((byte) => byte < 0x80 || byte > 0xbf);
      expect(charactersIn(bytes, from, to)).toBe(begun.length);
    }),
    { numRuns: 2000 },
  );
});
