import type { JsonObject } from "@cutover/core";
import type { Stores } from "../stores/stores.ts";
import type { Answer } from "./answer.ts";
import type { Downloads } from "./downloads.ts";
import type { HttpServices } from "./http-services.ts";

/** One request, its body read to the end. */
export interface Call {
  readonly stores: Stores;
  readonly services: HttpServices;
  readonly downloads: Downloads;
  /** @throws StorageError INVALID_VALUE when the body is no JSON object */
  readonly body: () => JsonObject;
  /** As `body`, and an empty object where there is none. */
  readonly optionalBody: () => JsonObject;
  /** A parameter of the query; empty where there is none. */
  readonly query: (name: string) => string;
  /** The last part of the path, its percent-encoding taken away once. */
  readonly lastPart: () => string;
}

/** A service that need not be there. */
export type OptionalService = {
  [Name in keyof HttpServices]-?: undefined extends HttpServices[Name] ? Name : never;
}[keyof HttpServices];

/** One endpoint under `/workflow-models`. */
export interface Route {
  readonly method: "GET" | "POST";
  readonly path: string;
  /** The endpoint is there only with these services. Default: it always is. */
  readonly needs?: OptionalService | readonly OptionalService[];
  /** Members that precede `error` when the request fails. Default: none. */
  readonly failsWith?: JsonObject;
  /** May be called again after a migration got in its way; then nothing had been written. */
  readonly answer: (call: Call) => Promise<Answer>;
}
