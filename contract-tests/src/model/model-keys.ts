const groups: readonly (readonly string[])[] = [
  ["__proto__", "constructor", "toString", "hasOwnProperty", "toJSON", "then", "length"],
  ["a", "A", "a ", " a", "a/b", "../x", "..", ".", "a.b", "%41", "a\\b", "C:\\x", "-rf", "~"],
  ["caf\u00e9", "cafe\u0301", "\u212b", "\u00e5", "\ufb01", "fi", "straße", "STRASSE", "İ", "i"],
  ["0", "1", "10", "2", "01", "-1", "4294967294", "4294967295", "4294967296", "NaN", "null"],
  ["\uffff", "\u{10000}", "\ue000", "\u{10ffff}", "\ud7ff", "😀", "👩‍🚀", "存储", "\u202eabc"],
  ["\u0001", "\u001f", "\u007f", "\n", "\t", "\u2028", "\ufeff", "\u200b", "\u00ad"],
  ["'", '"', "`", "\\", "\\u0041", "'; DROP TABLE plain; --", "?1", "$key", "rowid", "value"],
  ["_", "%", "a%", "a_b", "axb", "*", "[a-z]", "a*b", "AND", "NEAR(a b)", '"a b"'],
  ["k".repeat(1024), `${"k".repeat(1023)}l`, "é".repeat(512), "😀".repeat(256)],
];

/** Keys that are valid and distinct, each of which some store confuses, escapes or loses. */
export const modelKeys: readonly string[] = groups.flat();
