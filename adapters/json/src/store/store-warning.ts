/** Something a person should know about; nothing failed. */
export type StoreWarning =
  /** A foreign change met a commit; the foreign content was kept in `savedAs`. */
  | { readonly kind: "foreign-change"; readonly file: string; readonly savedAs: string }
  /** Temp files of a writer that died were removed. */
  | { readonly kind: "swept"; readonly files: readonly string[] }
  /** A commit that a dead or slow writer left half-way was finished. */
  | { readonly kind: "rolled-forward"; readonly revision: number };
