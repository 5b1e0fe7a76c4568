import { AdvisoryLocks } from "./advisory-locks.ts";
import { Connector } from "./connector.ts";
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
import { Transactions, type Transact } from "./transact.ts";

/** Where a control store lies, and what is asked of its server. */
export interface OpenControlOptions extends ServerDemands {
  readonly source: ConnectionSource;
  readonly place: ControlPlace;
  readonly location: string;
  /** Aborted when the store is closed. */
  readonly closing: AbortSignal;
}

/** Everything that an open control store consists of. */
export class OpenControl {
  readonly incarnation: string;
  readonly locks: AdvisoryLocks;
  readonly marks: MarkTable;
  readonly records: RecordTable;
  private readonly sessions: readonly ControlSession[];
  private readonly connections: LockConnections;
  private readonly transactions: Transactions;

  private constructor(
    { place, location, closing }: OpenControlOptions,
    { connector, quick }: { readonly connector: Connector; readonly quick: ControlSession },
    incarnation: string,
  ) {
    const durable = new ControlSession(connector, "durable");
    const looks = new ControlSession(connector, "quick");
    const fence = new Fence(location);
    const held = new ExclusiveHoldings(fence);
    const check = (): void => fence.check();
    const { name, schema } = place;
    this.incarnation = incarnation;
    this.sessions = [quick, durable, looks];
    this.connections = new LockConnections(connector);
    this.locks = new AdvisoryLocks({
      name,
      schema,
      incarnation,
      session: quick,
      connections: this.connections,
      fence,
      held,
      closing,
    });
    this.transactions = new Transactions(held, this.connections);
    const transact: Transact = (work) => this.transactions.run(work);
    this.marks = new MarkTable({ schema, incarnation, durable, quick, check, transact });
    this.records = new RecordTable({ schema, incarnation, looks, quick, transact });
  }

  static async open(options: OpenControlOptions): Promise<OpenControl> {
    const { source, place, location } = options;
    const connector = new Connector(source, location);
    const quick = new ControlSession(connector, "quick");
    try {
      const connection = await quick.live();
      await checkServer(connection, options);
      const incarnation = await openSchema(connection, place);
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
