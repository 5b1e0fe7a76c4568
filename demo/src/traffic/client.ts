import { isDeepStrictEqual } from "node:util";
import { StorageError, type StorageBackend } from "cutover";
import { Ledger } from "./ledger.ts";
import { demoPrefix, recordOf, type Subject } from "./subject.ts";

/** What a client has of the world. */
export interface ClientWorld {
  readonly storage: StorageBackend;
  readonly subjects: readonly Subject[];
  /** Tells it from all others, in its keys. */
  readonly name: string;
}

/** How many records each client keeps rewriting in each collection. */
const ownKeys = 5;

/** The record that all clients of all processes count in together. */
export const counterKey = `${demoPrefix}counter`;

function wrong(what: string): StorageError {
  return new StorageError("DIVERGED", what, {});
}

type Request = (client: Client, turn: number) => Promise<void>;

/** Somebody who uses the application: asks, writes, and holds every answer against what was promised. */
export class Client {
  readonly ledger = new Ledger();
  /** How often this client's counting was acknowledged. */
  counted = 0;
  private readonly world: ClientWorld;

  constructor(world: ClientWorld) {
    this.world = world;
  }

  /** One request. @returns whether it was a write. @throws what the storage throws; DIVERGED for a wrong answer */
  async request(turn: number): Promise<boolean> {
    const row = requests[turn % requests.length];
    await row?.run(this, turn);
    return row?.writes ?? false;
  }

  private subject(turn: number): Subject {
    const { subjects } = this.world;
    const found = subjects[Math.floor(turn / requests.length) % subjects.length];
    if (found === undefined) throw new Error("there is no collection to write to");
    return found;
  }

  private key(turn: number): string {
    return `${demoPrefix}${this.world.name}-${Math.floor(turn / 7) % ownKeys}`;
  }

  async put(turn: number): Promise<void> {
    const subject = this.subject(turn);
    const key = this.key(turn);
    const value = recordOf(subject, key, { turn });
    await this.world.storage.collection(subject.definition).put(key, value);
    this.ledger.note({ collection: subject.definition.name, key, value });
  }

  async patch(turn: number): Promise<void> {
    const subject = this.subject(turn);
    const { name } = subject.definition;
    const key = this.key(turn);
    const before = this.ledger.valueOf(name, key);
    if (before === undefined) return this.put(turn);
    const value = await this.world.storage
      .collection(subject.definition)
      .patch(key, { demo: { turn, patched: true } });
    this.ledger.note({ collection: name, key, value });
  }

  async remove(turn: number): Promise<void> {
    const { definition } = this.subject(turn);
    const key = this.key(turn);
    await this.world.storage.collection(definition).delete(key);
    this.ledger.note({ collection: definition.name, key });
  }

  /** The last two collections move together, so that a transaction may span them. */
  async transact(turn: number): Promise<void> {
    const pair = this.world.subjects.slice(-2);
    const key = this.key(turn);
    const written = pair.map((subject) => ({
      subject,
      value: recordOf(subject, key, { turn, both: true }),
    }));
    await this.world.storage.transaction(async (tx) => {
      for (const { subject, value } of written)
        await tx.collection(subject.definition).put(key, value);
    });
    for (const { subject, value } of written)
      this.ledger.note({ collection: subject.definition.name, key, value });
  }

  async count(): Promise<void> {
    const [subject] = this.world.subjects;
    if (subject === undefined) return;
    await this.world.storage.collection(subject.definition).update(counterKey, (current) => {
      const before = typeof current === "object" && current !== null && "demo" in current;
      const value = before ? Number(current["demo"]) : 0;
      return recordOf(subject, counterKey, value + 1);
    });
    this.counted++;
  }

  async readOwn(turn: number): Promise<void> {
    const { definition } = this.subject(turn);
    const key = this.key(turn);
    const found = await this.world.storage.collection(definition).get(key);
    if (!isDeepStrictEqual(found, this.ledger.valueOf(definition.name, key)))
      throw wrong(`${definition.name} ${key} is not what its last acknowledged write left`);
  }

  async readOriginal(turn: number): Promise<void> {
    const { definition, originals } = this.subject(turn);
    const keys = [...originals.keys()];
    const key = keys[turn % keys.length] ?? "";
    const found = await this.world.storage.collection(definition).get(key);
    if (!isDeepStrictEqual(found, originals.get(key)))
      throw wrong(`${definition.name} ${JSON.stringify(key)} is not what it was all the time`);
  }

  async list(turn: number): Promise<void> {
    const { definition, originals } = this.subject(turn);
    const { entries } = await this.world.storage.collection(definition).page({ limit: 10 });
    if (entries.length < Math.min(10, originals.size))
      throw wrong(`a page of ${definition.name} has ${entries.length} records only`);
  }
}

interface RequestRow {
  readonly run: Request;
  readonly writes: boolean;
}

const read = (run: Request): RequestRow => ({ run, writes: false });
const write = (run: Request): RequestRow => ({ run, writes: true });
/** What a client does, one after the other, again and again: as many reads as writes. */
const requests: readonly RequestRow[] = [
  write((client, turn) => client.put(turn)),
  read((client, turn) => client.readOwn(turn)),
  read((client, turn) => client.readOriginal(turn)),
  write((client, turn) => client.patch(turn)),
  read((client, turn) => client.readOwn(turn)),
  write((client, turn) => client.transact(turn)),
  read((client, turn) => client.list(turn)),
  write((client) => client.count()),
  read((client, turn) => client.readOriginal(turn)),
  write((client, turn) => client.remove(turn)),
  read((client, turn) => client.readOwn(turn)),
];
