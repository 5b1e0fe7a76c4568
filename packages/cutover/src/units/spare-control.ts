import { rm } from "node:fs/promises";
import { join } from "node:path";
import { isStorageError, type ControlStore } from "@cutover/core";
import { DatabaseFreeze } from "../migration/database-freeze.ts";
import { moveDurably } from "../migration/place-file.ts";
import { fileExists } from "../project/choose-backend.ts";
import { makeFolder } from "../state/write-durably.ts";
import { statePaths } from "../state/state-paths.ts";

/**
 * The control store of a folder, out of its place for as long as both stores are being replaced:
 * whoever opens the folder meanwhile, or after a crash, is refused, because nothing decides.
 */
export class SpareControl {
  private readonly folder: string;
  private readonly path: string;
  private readonly place: string;

  constructor(folder: string) {
    const { state, control } = statePaths(folder);
    this.folder = state;
    this.place = control;
    this.path = join(state, "control.restoring.db");
  }

  /** Whether one lies there: a command that took it died, or is at work. */
  isThere(): Promise<boolean> {
    return fileExists(this.path);
  }

  /** @throws StorageError LOCK_TIMEOUT while an application, or a command, has the control store open */
  async checkUnused(): Promise<void> {
    if (await fileExists(this.place)) this.freeze()?.release();
  }

  /** Identifies the control store that is taken, or else a new one. */
  async incarnation(): Promise<string> {
    const control = await this.openAt(await this.source());
    try {
      return await control.incarnation();
    } finally {
      await control.close();
    }
  }

  /** Where the store is that is to be used: what was taken before, what is in its place, or a new one. */
  private async source(): Promise<string> {
    if (await this.isThere()) return this.path;
    if (!(await fileExists(this.place))) return this.path;
    const freeze = this.freeze();
    freeze?.release();
    return freeze === undefined ? this.path : this.place;
  }

  /** Takes the control store out of its place. @throws StorageError LOCK_TIMEOUT when it is in use */
  async take(): Promise<void> {
    if (!(await fileExists(this.place))) return;
    const freeze = this.freeze();
    if (freeze === undefined || (await this.isThere())) {
      freeze?.release();
      // Damaged, or made by somebody while another one was taken: neither decides anything.
      return moveDurably(this.place, `${this.place}.aside-${Date.now()}`);
    }
    try {
      freeze.holdWriters();
      freeze.holdAll();
      await moveDurably(this.place, this.path);
    } finally {
      freeze.release();
    }
  }

  /** Puts every control store of the folder aside: a new one is to decide. */
  async putAllAside(): Promise<void> {
    const now = Date.now();
    for (const [number, path] of [this.place, this.path].entries()) {
      if (!(await fileExists(path))) continue;
      this.freeze(path)?.release();
      await moveDurably(path, `${this.place}.aside-${now + number}`);
    }
  }

  /** Undefined where what lies there is no database. */
  private freeze(path: string = this.place): DatabaseFreeze | undefined {
    try {
      return new DatabaseFreeze(path);
    } catch (error) {
      if (isStorageError(error)) throw error;
      return undefined;
    }
  }

  private async openAt(path: string): Promise<ControlStore> {
    await makeFolder(this.folder, 0o700);
    const { sqliteControl } = await import("@cutover/kysely/control");
    const control = sqliteControl({ path });
    await control.open();
    return control;
  }

  /** Opens what was taken; makes a new one where there was none. */
  open(): Promise<ControlStore> {
    return this.openAt(this.path);
  }

  /** Puts it in its place, closed and whole: from then on it decides. */
  async putBack(): Promise<void> {
    const freeze = new DatabaseFreeze(this.path);
    freeze.release();
    const stem = this.path.slice(0, -".db".length);
    for (const own of [`${stem}.locks`, `${stem}.generation`])
      await rm(own, { recursive: true, force: true });
    // It tells the generation of what lay in the place before.
    await rm(`${this.place.slice(0, -".db".length)}.generation`, { force: true });
    await moveDurably(this.path, this.place);
  }
}
