import { isStorageError, type StorageError } from "@cutover/core";

/** The two roles that stores have in a stage. */
export type Role = "authority" | "mirror";

/** Data of one side that cannot be read. Any other error ends the pass; this one is a finding. */
export class SideTrouble extends Error {
  override readonly name: string = "SideTrouble";
  readonly role: Role;
  readonly trouble: StorageError;

  constructor(role: Role, trouble: StorageError) {
    super(`${role}: ${trouble.message}`, { cause: trouble });
    this.role = role;
    this.trouble = trouble;
  }
}

/** Reads from a side. @throws SideTrouble where its data are damaged */
export async function readSide<T>(role: Role, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isStorageError(error, "CORRUPT_DATA")) throw new SideTrouble(role, error);
    throw error;
  }
}
