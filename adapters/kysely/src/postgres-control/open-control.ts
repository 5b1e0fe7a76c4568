import { AdvisoryLocks, type LockParts } from "./advisory-locks.ts";
import { Connector } from "./connector.ts";
import type { ConfirmedHoldings, ControlLocks } from "./control-locks.ts";
import type { ConnectionSource } from "./connection-source.ts";
import {
  checkServer,
  openSchema,
  type ControlPlace,
  type ServerDemands,
} from "./control-schema.ts";
import { ControlSession } from "./control-session.ts";
import { ExclusiveHoldings } from "./exclusive-holdings.ts";
import { Fence } from "./fence.ts";
import { LockConnections } from "./lock-connections.ts";
import { MarkTable } from "./mark-table.ts";
import { RecordTable } from "./record-table.ts";
import { RowHoldings } from "./row-holdings.ts";
import { RowLocks } from "./row-locks.ts";
import { Transactions, type Transact } from "./transact.ts";

/** Where a control store lies, and what is asked of its server. */
export interface OpenControlOptions extends ServerDemands {
  readonly source: ConnectionSource;
  readonly place: ControlPlace;
  readonly location: string;
  /** Whether one is made where there is none. */
  readonly mayCreate: boolean;
  /** Aborted when the store is closed. */
  readonly closing: AbortSignal;
}

interface Locking {
  readonly locks: ControlLocks;
  readonly held: ConfirmedHoldings;
}

type LockingParts = Omit<LockParts, "held">;

function advisory(parts: LockingParts): Locking {
  const held = new ExclusiveHoldings(parts.fence);
  return { held, locks: new AdvisoryLocks({ ...parts, held }) };
}

function byRows(parts: LockingParts): Locking {
  const held = new RowHoldings(parts.fence, parts.schema);
  return { held, locks: new RowLocks({ ...parts, held }) };
}

/** Everything that an open control store consists of. */
export class OpenControl {
  readonly incarnation: string;
  readonly locks: ControlLocks;
  readonly marks: MarkTable;
  readonly records: RecordTable;
  private readonly sessions: readonly ControlSession[];
  private readonly connections: LockConnections;
  private readonly transactions: Transactions;

  private constructor(
    { place, location, closing, engine }: OpenControlOptions,
    { connector, quick }: { readonly connector: Connector; readonly quick: ControlSession },
    incarnation: string,
  ) {
    const durable = new ControlSession(connector, "durable");
    const looks = new ControlSession(connector, "quick");
    const fence = new Fence(location);
    const check = (): void => fence.check();
    const { name, schema } = place;
    this.incarnation = incarnation;
    this.sessions = [quick, durable, looks];
    const { advisoryLocks } = engine.capabilities;
    const unlock = advisoryLocks ? "SELECT pg_advisory_unlock_all()" : "ROLLBACK";
    this.connections = new LockConnections(connector, unlock);
    const { connections } = this;
    const parts = { name, schema, incarnation, session: quick, connections, fence, closing };
    const { locks, held } = (advisoryLocks ? advisory : byRows)(parts);
    this.locks = locks;
    this.transactions = new Transactions(held, this.connections);
    const transact: Transact = (work) => this.transactions.run(work);
    this.marks = new MarkTable({
      schema,
      incarnation,
      durable,
      quick,
      check,
      prove: locks.prove,
      transact,
    });
    this.records = new RecordTable({ schema, incarnation, looks, quick, transact });
  }

  static async open(options: OpenControlOptions): Promise<OpenControl> {
    const { source, place, location } = options;
    const connector = new Connector(source, location);
    const quick = new ControlSession(connector, "quick");
    try {
      const connection = await quick.live();
      await checkServer(connection, options);
      const incarnation = await openSchema(connection, place, options);
      return new OpenControl(options, { connector, quick }, incarnation);
    } catch (error) {
      await quick.end();
      throw error;
    }
  }

  /** Finishes what was begun, then gives everything back. */
  async close(): Promise<void> {
    await this.marks.idle();
    await this.transactions.idle();
    await this.locks.idle();
    await this.connections.close();
    await Promise.all(this.sessions.map((session) => session.end()));
  }
}
