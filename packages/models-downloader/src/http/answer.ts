import type { JsonObject } from "@cutover/core";

/** What an endpoint answers. */
export interface Answer {
  readonly status: 200 | 400 | 500;
  /** JSON text. */
  readonly text: string;
}

/** Answers 200 with an object. */
export function ok(body: JsonObject): Answer {
  return { status: 200, text: JSON.stringify(body) };
}

/** Answers 200 with JSON text that is there already, such as a map whose order must stay. */
export function okText(text: string): Answer {
  return { status: 200, text };
}

/** Answers 400: the request lacks what the endpoint needs. */
export function refused(body: JsonObject): Answer {
  return { status: 400, text: JSON.stringify(body) };
}
