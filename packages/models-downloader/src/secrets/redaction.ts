import { isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";

/** Takes secrets out of a record that is about to be stored. */
export type Redact = <R extends JsonObject>(record: R) => R;

/** Finds out what is secret right now. */
export type Redaction = () => Promise<Redact>;

/** Tokens shorter than this are not looked for in other text: they would be found by chance. */
const shortestSecret = 8;
/** Members that may quote what was sent over the network. */
const quotingMember = /url|^(error|suggestions|note)$/i;
const secretParameter = /([?&])(?:token|api_?key|access_token)=[^&#\s"'<>]*(&?)/gi;

function withoutParameters(text: string): string {
  const clean = text.replace(secretParameter, (_, lead: string, next: string) =>
    next === "" ? "" : lead,
  );
  // What follows a parameter that went may be another one.
  return clean === text ? text : withoutParameters(clean);
}

function redactText(text: string, secrets: readonly string[]): string {
  let clean = withoutParameters(text);
  for (const secret of secrets) clean = clean.replaceAll(secret, "***");
  return clean;
}

function redactValue(value: JsonValue, secrets: readonly string[]): JsonValue {
  if (typeof value === "string") return redactText(value, secrets);
  if (Array.isArray(value)) return value.map((item: JsonValue) => redactValue(item, secrets));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([member, item]) => [member, redactValue(item, secrets)]),
  );
}

/**
 * Makes a function that takes these secrets, as they are and percent-encoded, and every `token`,
 * `api_key` and `access_token` of a URL's query out of the members of a record that may quote
 * what was sent over the network.
 */
export function redactionOf(secrets: readonly string[]): Redact {
  const wanted = secrets.filter((secret) => secret.length >= shortestSecret);
  const forms = [...new Set(wanted.flatMap((secret) => [secret, encodeURIComponent(secret)]))];
  return (record) => {
    const changed: Record<string, JsonValue> = {};
    for (const [member, value] of Object.entries(record))
      if (quotingMember.test(member)) changed[member] = redactValue(value, forms);
    return { ...record, ...changed };
  };
}

/** For repositories that stand alone: only parameters of URLs are taken out. */
export const redactParameters: Redaction = () => Promise.resolve(redactionOf([]));
