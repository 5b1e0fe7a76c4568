import { setTimeout as sleep } from "node:timers/promises";
import { StorageError } from "@cutover/core";
import { isConnectionLoss } from "../postgres-error.ts";

/** What a server says of itself when it is looked for. */
export interface HostState {
  /** It only follows another one. */
  readonly isStandby: boolean;
  /** How often a standby had been promoted before this history began; 0 of a standby. */
  readonly timeline: number;
}

/** Asks the server at an address. @throws the connection's error */
export type AskHost = (address: string) => Promise<HostState>;

/** What a {@link WritableHost} is looked for with. */
export interface WritableHostOptions {
  /** Servers, of which one at a time may be written to. */
  readonly addresses: readonly string[];
  readonly ask: AskHost;
  /** How long to look, in milliseconds. */
  readonly timeoutMs: number;
  /** Who they are, without user and password. */
  readonly location: string;
}

/** What {@link AskHost} asks: the file that the log is written to begins with the timeline. */
export const hostQuery: string =
  "SELECT pg_is_in_recovery() AS standby, CASE WHEN pg_is_in_recovery() THEN 0 " +
  "ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint::int END AS timeline";

/** How long the others may take to answer once one has, in milliseconds: it may be an old primary. */
const graceMs = 250;
const pauseMs = { first: 50, longest: 500 } as const;

type Found = { readonly address: string; readonly timeline: number };

/** Knows which of several servers is the primary, and finds the new one after a failover. */
export class WritableHost {
  private readonly options: WritableHostOptions;
  private timeline = 0;
  private known: string | undefined;
  private looking: Promise<string> | undefined;

  constructor(options: WritableHostOptions) {
    this.options = options;
  }

  /** @throws StorageError CONNECTION_LOST where none was found in time; what is no loss of a connection */
  async address(): Promise<string> {
    if (this.known !== undefined) return this.known;
    this.looking ??= this.look().finally(() => (this.looking = undefined));
    return this.looking;
  }

  /** A connection to this one could not be made, or only reads. */
  forget(address: string): void {
    if (this.known === address) this.known = undefined;
  }

  private async look(): Promise<string> {
    const { timeoutMs, location } = this.options;
    const endMs = performance.now() + timeoutMs;
    for (let round = 0; ; round++) {
      const { found, failures } = await this.askAll();
      if (found !== undefined) {
        this.timeline = found.timeline;
        this.known = found.address;
        return found.address;
      }
      const wrong = failures.find((error) => !isConnectionLoss(error));
      if (wrong !== undefined && failures.length === this.options.addresses.length) throw wrong;
      if (performance.now() > endMs) throw noPrimary(location, failures);
      await sleep(Math.min(pauseMs.first * 2 ** round, pauseMs.longest));
    }
  }

  /** Of several that can be written to, the one with the longest history: the others are left behind. */
  private async askAll(): Promise<{ found: Found | undefined; failures: readonly unknown[] }> {
    const { addresses, ask } = this.options;
    const primaries: Found[] = [];
    const failures: unknown[] = [];
    const first = Promise.withResolvers<void>();
    const asked = addresses.map(async (address) => {
      try {
        const { isStandby, timeline } = await ask(address);
        // Behind what was seen before lies a primary that was given up.
        if (isStandby || timeline < this.timeline) return;
        primaries.push({ address, timeline });
        first.resolve();
      } catch (error) {
        failures.push(error);
      }
    });
    const all = Promise.all(asked);
    await Promise.race([all, first.promise]);
    await Promise.race([all, sleep(graceMs, undefined, { ref: false })]);
    const [found] = primaries.toSorted((left, right) => right.timeline - left.timeline);
    return { found, failures };
  }
}

function noPrimary(location: string, failures: readonly unknown[]): StorageError {
  return new StorageError(
    "CONNECTION_LOST",
    `${location}: none of these servers can be written to; ${failures.length} cannot be reached, the others are standbys or were replaced`,
    { cause: failures[0] },
  );
}
