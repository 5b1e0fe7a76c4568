import { isStorageError, type ErrorCode, type JsonObject } from "@cutover/core";
import { redactionOf } from "../secrets/redaction.ts";
import type { Stores } from "../stores/stores.ts";
import type { Answer } from "./answer.ts";

/** What the request itself is to blame for, and no other part of the original notices. */
const badRequests: ReadonlySet<ErrorCode> = new Set(["INVALID_KEY"]);

async function knownSecrets(stores: Stores | undefined): Promise<readonly string[]> {
  try {
    return (await stores?.appSettings.secrets()) ?? [];
  } catch {
    // The stores may be why the request failed; their own messages name no values.
    return [];
  }
}

/** What became of a request that failed. */
export interface Failure {
  readonly answer: Answer;
  /** One line for the log. */
  readonly line: string;
}

/** What is known of a request that failed. */
export interface FailureContext {
  /** Undefined when they could not be opened. */
  readonly stores: Stores | undefined;
  /** Members that precede `error`. Default: none. */
  readonly lead?: JsonObject | undefined;
}

/**
 * What a failed request answers: 500 with a message, as the original does for whatever goes wrong.
 * No token is ever part of it.
 */
export async function failureOf(
  error: unknown,
  { stores, lead = {} }: FailureContext,
): Promise<Failure> {
  const redact = redactionOf(await knownSecrets(stores));
  const message = error instanceof Error ? error.message : "something that is no error was thrown";
  const code = isStorageError(error) ? error.code : "unexpected";
  const body = redact({ ...lead, error: message });
  const status = isStorageError(error) && badRequests.has(error.code) ? 400 : 500;
  return { answer: { status, text: JSON.stringify(body) }, line: `${code}: ${body.error}` };
}
