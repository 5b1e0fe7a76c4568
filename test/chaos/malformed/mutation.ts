import type { Random } from "../../histories/load/random.ts";

/** Texts that mean something to a parser. */
const pieces = [
  ...Array.from('{}[],:"\\ \n\t-+.0919eE'),
  "null",
  "true",
  "\\u00",
  "\\ud800",
  "1e999",
  "9007199254740993",
  '"a":',
  "é",
  "😀",
  "\u0000",
  "\ufeff",
].map((text) => Buffer.from(text));

type Mutate = (bytes: Buffer, random: Random) => Buffer;

const joined = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);

const mutations: readonly Mutate[] = [
  /** A bit is the other way round. */
  (bytes, random) => {
    const changed = Buffer.from(bytes);
    const at = random.below(Math.max(bytes.length, 1));
    changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
    return changed.subarray(0, bytes.length);
  },
  /** Something stands where nothing should. */
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    const piece = pieces[random.below(pieces.length)] ?? Buffer.of();
    return joined(bytes.subarray(0, at), piece, bytes.subarray(at));
  },
  /** A stretch is gone, or there twice. */
  (bytes, random) => {
    const from = random.below(bytes.length + 1);
    const to = Math.min(bytes.length, from + random.below(12));
    const isTwice = random.below(2) === 0;
    return joined(bytes.subarray(0, isTwice ? to : from), bytes.subarray(isTwice ? from : to));
  },
  /** The rest was never written, or is zeros, as after a power cut. */
  (bytes, random) => {
    const at = random.below(bytes.length + 1);
    const rest = random.below(2) === 0 ? 0 : bytes.length - at;
    return joined(bytes.subarray(0, at), Buffer.alloc(rest));
  },
];

/** The bytes with one to three things wrong with them, or with nothing. */
export function mutated(bytes: Buffer, random: Random): Buffer {
  let result = bytes;
  for (let times = random.below(4); times > 0; times -= 1)
    result = mutations[random.below(mutations.length)]?.(result, random) ?? result;
  return result;
}
