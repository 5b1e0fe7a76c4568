import { isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";

/** What a server is asked. */
export interface Request {
  readonly path: string;
  /** JSON, or text that is sent as it is. Default: the request is a GET. */
  readonly body?: JsonObject | string | undefined;
}

/** What it answered. */
export interface Reply {
  readonly status: number;
  readonly text: string;
}

/** The same for a server and for an application without a socket. */
export function initOf({ body }: Request): RequestInit {
  if (body === undefined) return {};
  return { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) };
}

/** Sends a request to a server. */
export async function send(url: string, request: Request): Promise<Reply> {
  const response = await fetch(`${url}${request.path}`, initOf(request));
  return { status: response.status, text: await response.text() };
}

/** The object in an answer. */
export function objectIn({ text }: Reply): JsonObject {
  const value: JsonValue = JSON.parse(text);
  if (!isJsonObject(value)) throw new Error(`no object was answered: ${text.slice(0, 200)}`);
  return value;
}
