/** What may not be a key, with the reason. */
export const invalidKeys: readonly (readonly [reason: string, key: unknown])[] = [
  ["empty", ""],
  ["1,025 bytes", "k".repeat(1025)],
  ["1,026 bytes in 513 characters", "é".repeat(513)],
  ["a lone high surrogate", "a\ud800"],
  ["a lone low surrogate", "\udc00a"],
  ["swapped surrogates", "\udc00\ud800"],
  ["NUL", "a\0b"],
  ["a number", 7],
  ["null", null],
  ["undefined", undefined],
  ["an object", { toString: () => "a" }],
  ["an array", ["a"]],
];
