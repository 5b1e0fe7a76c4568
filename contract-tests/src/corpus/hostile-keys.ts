/** Names that plain JavaScript objects already have members for. */
export const prototypeKeys: readonly string[] = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "toJSON",
  "then",
  "length",
];

/** Groups of keys that look, fold or normalise alike and are all different. */
export const twinKeys: readonly (readonly string[])[] = [
  ["a", "A"],
  ["model", "Model", "MODEL"],
  ["straße", "strasse", "STRASSE"],
  ["i", "I", "İ", "ı"],
  ["caf\u00e9", "cafe\u0301", "cafe"],
  ["\u00e5", "a\u030a", "\u212b"],
  ["\ufb01", "fi"],
  ["x", "x ", " x", "x\t", "x\n", "x\u00a0", "x\u200b", "\ufeffx"],
  ["1", "01", "1.0", "+1", "1e0", "-1"],
  ["\uff21", "A\u0300", "\u00c0"],
];

/** Keys that look like integers: plain objects would move them to the front. */
export const integerKeys: readonly string[] = ["10", "9", "b", "2", "a", "1", "0", "4294967295"];

/** Keys in ascending order of their UTF-8 bytes; JavaScript's own order puts the last one before its predecessor. */
export const byteOrderedKeys: readonly string[] = [
  "\u0001",
  " ",
  "A",
  "Z",
  "a",
  "aa",
  "b",
  "\u007f",
  "\u00e9",
  "\u0800",
  "\ud7ff",
  "\ue000",
  "\ufffd",
  "\uffff",
  "\u{10000}",
  "\u{1f600}",
  "\u{10ffff}",
];

/** The longest a key may be, in different scripts, and one that differs only in its last byte. */
export const longestKeys: readonly string[] = [
  "k".repeat(1024),
  `${"k".repeat(1023)}l`,
  "é".repeat(512),
  "😀".repeat(256),
];

const paths = [
  "a/b",
  "/a",
  "a/",
  "../x",
  "..",
  ".",
  "./x",
  "a.b",
  "a\\b",
  "C:\\x",
  "%41",
  "%2e",
  "~",
  "CON",
  "a:b",
  "a?b",
  "a#b",
  "file.tmp",
  "-rf",
];
const scripts = [
  "😀",
  "✂",
  "✂️",
  "👩‍🚀",
  "👩🚀",
  "存储",
  "プレビュー",
  "שלום",
  "مرحبا",
  "\u202eabc",
  "ก็",
];
const controls = ["\u0001", "\u001b[31m", "\u001f", "\u007f", "a\nb", "a\r\nb", "\u2028", "\u0085"];
const quotes = ["'", "''", '"', '""', "`", "\\", "\\\\", '\\"', "\\u0041", "${x}", "$1"];
const sql = [
  "'; DROP TABLE records; --",
  '" OR ""="',
  "--",
  "/*",
  "?",
  "?1",
  ":key",
  "@key",
  "$key",
  "x'00'",
  "rowid",
  "key",
  "value",
  "sqlite_master",
  "NULL",
];
const patterns = [
  "_",
  "%",
  "%%",
  "a%",
  "a_b",
  "axb",
  "a%b",
  "\\%",
  "*",
  "a*",
  "[a-z]",
  "^a",
  ".*",
  "(",
  "AND",
  "NEAR(a b, 5)",
];
const words = [
  "null",
  "undefined",
  "true",
  "false",
  "NaN",
  "Infinity",
  "0x1",
  "1e3",
  "9007199254740993",
];

/** Keys that are all valid and all distinct, each of which some store confuses, escapes or loses. */
export const hostileKeys: readonly string[] = [
  ...new Set([
    ...prototypeKeys,
    ...twinKeys.flat(),
    ...integerKeys,
    ...byteOrderedKeys,
    ...longestKeys,
    ...paths,
    ...scripts,
    ...controls,
    ...quotes,
    ...sql,
    ...patterns,
    ...words,
  ]),
];
