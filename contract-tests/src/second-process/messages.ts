import type { JsonObject } from "@cutover/core";

/** First message to the child: what to open. */
export interface OpenMessage {
  readonly module: string;
  readonly location: string;
  readonly lockTimeoutMs: number | undefined;
  /** As `describeDefinition` writes them; schemas do not travel. */
  readonly collections: readonly JsonObject[];
}

/** Any later message to the child: a task to run. */
export interface TaskMessage {
  readonly id: number;
  readonly task: string;
  readonly args: unknown;
}

/** Message from the child: how a task, or with id 0 the opening, went. */
export interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}
