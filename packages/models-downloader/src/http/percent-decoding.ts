const escapes = /(?:%[0-9a-f]{2})+/gi;

/**
 * Takes percent-encoding away as Python's `unquote` does: what is no escape stays, and bytes that
 * are no UTF-8 become U+FFFD. Never fails.
 */
export function unquote(text: string): string {
  return text.replace(escapes, (run) =>
    Buffer.from(run.replaceAll("%", ""), "hex").toString("utf8"),
  );
}
