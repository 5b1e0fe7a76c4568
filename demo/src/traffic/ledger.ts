import type { JsonValue } from "cutover";

/** A record as the last acknowledged write left it; without a value: deleted. */
export interface LedgerEntry {
  readonly collection: string;
  readonly key: string;
  readonly value?: JsonValue;
}

/** What a client was promised: the last acknowledged state of each record that only it writes. */
export class Ledger {
  private readonly promised = new Map<string, LedgerEntry>();

  private static idOf(collection: string, key: string): string {
    return JSON.stringify([collection, key]);
  }

  /** Notes an acknowledged write. */
  note(entry: LedgerEntry): void {
    this.promised.set(Ledger.idOf(entry.collection, entry.key), entry);
  }

  /** What a read of the record has to answer. */
  valueOf(collection: string, key: string): JsonValue | undefined {
    return this.promised.get(Ledger.idOf(collection, key))?.value;
  }

  entries(): LedgerEntry[] {
    return [...this.promised.values()];
  }
}
