import {
  driverOf,
  replicaOf,
  StorageError,
  TurnQueue,
  type BackendInfo,
  type BackupManifest,
  type CallContext,
  type Capabilities,
  type CollectionDefinition,
  type ControlStore,
  type DriverReads,
  type DriverTransaction,
  type KeyedValue,
  type MaybePromise,
  type ScanDirection,
  type Selection,
  type StorageBackend,
  type StorageDriver,
  type WriteOperation,
  type WriteResult,
} from "@cutover/core";
import type { AtFailpoint } from "../failpoint.ts";
import type { UnitRegistry } from "../unit/unit-registry.ts";
import type { UnitTable } from "../unit/unit-table.ts";
import type { Unit } from "../unit/unit.ts";
import { collectInfo } from "./cutover-info.ts";
import { CutoverTransaction } from "./cutover-transaction.ts";
import { EmptyAnswers } from "./empty-answers.ts";
import type { ObservedRead } from "./observed-read.ts";
import { RouteTable, type Sides } from "./route.ts";
import { RoutedReads } from "./routed-reads.ts";
import { RoutedWrites } from "./routed-writes.ts";
import { sharedCapabilities } from "./shared-capabilities.ts";

/** What a {@link CutoverDriver} is made of. */
export interface CutoverParts {
  readonly stores: Sides<StorageBackend>;
  readonly control: ControlStore;
  readonly registry: UnitRegistry;
  readonly units: UnitTable;
  /** Told of every write to a unit that is mirrored, after it was acknowledged. */
  readonly onWritten: (unit: Unit) => void;
  /** Lets a writer wait while the mirror is far behind. */
  readonly beforeWrite: (unit: Unit, context: CallContext) => MaybePromise<void>;
  /** Told of answers of reads in a stage that compares them. */
  readonly onRead: (read: ObservedRead) => void;
  /** Called at failpoints, for tests. */
  readonly at: AtFailpoint | undefined;
  readonly onClose: () => Promise<void>;
}

/** Two stores as one: each operation goes where its unit's stage says. */
export class CutoverDriver implements StorageDriver {
  readonly kind = "cutover";
  readonly capabilities: Capabilities;
  private readonly parts: CutoverParts;
  private readonly routes: RouteTable;
  private readonly reads: RoutedReads;
  private readonly writes: RoutedWrites;
  private readonly turns = new TurnQueue();

  constructor(parts: CutoverParts) {
    const { stores, control, registry } = parts;
    const replicas = { old: replicaOf(stores.old), new: replicaOf(stores.new) };
    const drivers = { old: driverOf(stores.old), new: driverOf(stores.new) };
    const routes = new RouteTable(registry, drivers);
    const empty = new EmptyAnswers(replicas);
    this.parts = parts;
    this.routes = routes;
    this.capabilities = sharedCapabilities(stores, control);
    this.reads = new RoutedReads({ ...parts, routes, empty });
    this.writes = new RoutedWrites({ ...parts, routes, empty, replicas });
  }

  attach(collection: CollectionDefinition): void {
    this.parts.units.of(collection);
    this.parts.stores.old.collection(collection);
    this.parts.stores.new.collection(collection);
  }

  get(...call: Parameters<DriverReads["get"]>): ReturnType<DriverReads["get"]> {
    return this.reads.read(call[0], (reads) => reads.get(...call), [call[1]]);
  }

  getMany(...call: Parameters<DriverReads["getMany"]>): ReturnType<DriverReads["getMany"]> {
    return this.reads.read(call[0], (reads) => reads.getMany(...call), call[1]);
  }

  select(...call: Parameters<DriverReads["select"]>): ReturnType<DriverReads["select"]> {
    return this.reads.read(call[0], (reads) => reads.select(...call));
  }

  count(...call: Parameters<DriverReads["count"]>): ReturnType<DriverReads["count"]> {
    return this.reads.read(call[0], (reads) => reads.count(...call));
  }

  aggregate(...call: Parameters<DriverReads["aggregate"]>): ReturnType<DriverReads["aggregate"]> {
    return this.reads.read(call[0], (reads) => reads.aggregate(...call));
  }

  scan(
    collection: CollectionDefinition,
    selection: Selection,
    direction?: ScanDirection,
  ): AsyncIterable<readonly KeyedValue[]> {
    return this.reads.scan(collection, selection, direction);
  }

  write(operations: readonly WriteOperation[], context: CallContext): Promise<WriteResult[]> {
    return this.writes.write(operations, context);
  }

  /** Transactions of a process wait here for one another, before it is known what they will touch. */
  async begin(context: CallContext): Promise<DriverTransaction> {
    const endMs = performance.now() + context.timeoutMs;
    const end = await this.turns.take(context);
    return new CutoverTransaction(this.writes, { context, endMs, end });
  }

  async info(): Promise<BackendInfo> {
    const { stores, registry, units } = this.parts;
    const snapshot = await registry.look();
    const authorityOf = (unit: Unit): StorageDriver => this.routes.of(snapshot, unit).authority;
    const found = await collectInfo({ stores, units: units.all(), authorityOf });
    const { locations, collections } = found;
    // What is gone with the process lies nowhere, and takes up nothing.
    const lasts = this.capabilities.durability !== "none" && locations.length > 0;
    const location = lasts ? locations.join(", ") : undefined;
    return { kind: this.kind, location, sizeBytes: lasts ? found.sizeBytes : 0, collections };
  }

  async backup(): Promise<BackupManifest> {
    throw new StorageError("NOT_SUPPORTED", "back up the two stores of a cutover one by one");
  }

  async close(): Promise<void> {
    await this.parts.onClose();
  }
}
