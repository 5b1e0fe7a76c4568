/** In every value of the data and nowhere else. */
export const canary = "CANARY-7f3a9c";

/** The spellings under which a value could slip through. */
const spellings = [
  canary,
  canary.toLowerCase(),
  Buffer.from(canary).toString("base64").slice(0, 16),
];

/** Whether text or bytes give a value away. */
export function leaks(found: string | Uint8Array): boolean {
  const text = typeof found === "string" ? found : Buffer.from(found).toString("latin1");
  return spellings.some((spelling) => text.includes(spelling));
}
