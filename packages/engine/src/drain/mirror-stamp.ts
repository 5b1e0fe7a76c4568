import {
  isJsonObject,
  type CollectionDefinition,
  type ControlStore,
  type JsonObject,
  type Replica,
} from "@cutover/core";
import type { Side } from "../stage/stages.ts";

/** What a mirror's collection was when this library last wrote to it. */
interface StampNote {
  readonly side: Side;
  readonly stamp: string;
  /** A write was under way: what is found after it may be what it left. */
  readonly isWriting: boolean;
  /** Somebody else has written to it since, and nobody has decided what is right. */
  readonly isBypassed: boolean;
}

function topicOf(unit: string): string {
  return `stamp:${unit}`;
}

async function noteOf(
  control: ControlStore,
  unit: string,
  collection: string,
): Promise<StampNote | undefined> {
  const notes = await control.notes(topicOf(unit));
  const value = notes.find(({ key }) => key === collection)?.value;
  if (value === undefined || !isJsonObject(value)) return undefined;
  const { side, stamp, isWriting, isBypassed } = value;
  if ((side !== "old" && side !== "new") || typeof stamp !== "string") return undefined;
  return { side, stamp, isWriting: isWriting === true, isBypassed: isBypassed === true };
}

/** Where stamps are kept, and of whom. */
export interface StampPorts {
  readonly control: ControlStore;
  readonly unit: string;
}

/**
 * Notices who writes to a mirror past this library. Only the holder of a unit's drain lock writes
 * to its mirror, so whatever else changes it is somebody else's doing: it is not overwritten, and
 * keeps the unit where it is, until an operator decides. Stores that cannot tell their content's
 * stamp are left to the comparison.
 */
export class MirrorStamps {
  private readonly ports: StampPorts;
  private readonly mirror: Replica;
  private readonly side: Side;

  constructor(ports: StampPorts, mirror: Replica, side: Side) {
    this.ports = ports;
    this.mirror = mirror;
    this.side = side;
  }

  private async write(
    collection: CollectionDefinition,
    note: Omit<StampNote, "side">,
  ): Promise<void> {
    const { control, unit } = this.ports;
    const value: JsonObject = { side: this.side, ...note };
    await control.note(topicOf(unit), collection.name, value);
  }

  /** True when somebody else has written to the mirror's collection since this library last did. */
  async isBypassed(collection: CollectionDefinition): Promise<boolean> {
    const stamp = await this.mirror.stamp(collection);
    if (stamp === undefined) return false;
    const { control, unit } = this.ports;
    const note = await noteOf(control, unit, collection.name);
    if (note === undefined || note.side !== this.side) return false;
    if (note.isBypassed) return true;
    if (note.isWriting || note.stamp === stamp) return false;
    await this.write(collection, { stamp, isWriting: false, isBypassed: true });
    return true;
  }

  /** Runs a write to the mirror, so that what it leaves is known. */
  async around(collection: CollectionDefinition, write: () => Promise<void>): Promise<void> {
    const before = await this.mirror.stamp(collection);
    if (before === undefined) return write();
    await this.write(collection, { stamp: before, isWriting: true, isBypassed: false });
    await write();
    await this.remember(collection);
  }

  /** Takes what the mirror's collection is now for what this library left. */
  async remember(collection: CollectionDefinition): Promise<void> {
    const stamp = await this.mirror.stamp(collection);
    if (stamp === undefined) return;
    await this.write(collection, { stamp, isWriting: false, isBypassed: false });
  }
}

/** Forgets what a mirror's collection was: whatever it is now is taken as it is. */
export async function forgetStamp(
  { control, unit }: StampPorts,
  collection: string,
): Promise<void> {
  await control.note(topicOf(unit), collection, undefined);
}

/** The collections of a unit whose mirror somebody else has written to. */
export async function bypassedCollections({ control, unit }: StampPorts): Promise<string[]> {
  const notes = await control.notes(topicOf(unit));
  return notes
    .filter(({ value }) => isJsonObject(value) && value["isBypassed"] === true)
    .map(({ key }) => key);
}
