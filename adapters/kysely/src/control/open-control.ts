import { Committer, type CommitStep } from "./committer.ts";
import { openControlFiles, type ControlPlaces, type ControlSessions } from "./control-files.ts";
import { GenerationFile } from "./generation-file.ts";
import { GroupCommit } from "./group-commit.ts";
import { LockFolder } from "./lock-folder.ts";
import { MarkTable } from "./mark-table.ts";
import { Presence } from "./presence.ts";
import { RecordTable } from "./record-table.ts";

/** Everything that an open control store consists of. */
export class OpenControl {
  readonly presence: Presence;
  readonly generation: GenerationFile;
  readonly locks: LockFolder;
  readonly committer: Committer;
  readonly records: RecordTable;
  readonly durableMarks: MarkTable;
  readonly quickMarks: MarkTable;
  readonly durable: GroupCommit;
  readonly quick: GroupCommit;
  private readonly sessions: ControlSessions;

  private constructor(
    places: ControlPlaces,
    sessions: ControlSessions,
    pause: (step: CommitStep) => void,
  ) {
    this.sessions = sessions;
    this.generation = new GenerationFile(places.generation);
    this.presence = new Presence([places.database, places.generation], places.locks);
    this.locks = new LockFolder(places.locks);
    const check = (): void => this.presence.check();
    this.durableMarks = new MarkTable(sessions.durable);
    this.quickMarks = new MarkTable(sessions.quick);
    this.durable = new GroupCommit(sessions.durable, check);
    // What was marked before may end, and be lost, with a store that is gone.
    this.quick = new GroupCommit(sessions.quick, () => {});
    this.records = new RecordTable(sessions.quick, places.database);
    this.committer = new Committer({
      session: sessions.durable,
      records: new RecordTable(sessions.durable, places.database),
      generation: this.generation,
      locks: this.locks,
      check,
      pause,
    });
  }

  /** Opens everything, and mends what a process that died in a commit left behind. */
  static async open(
    places: ControlPlaces,
    { pause }: { readonly pause: (step: CommitStep) => void },
  ): Promise<OpenControl> {
    const sessions = await openControlFiles(places);
    let control: OpenControl;
    try {
      control = new OpenControl(places, sessions, pause);
    } catch (error) {
      closeSessions(sessions);
      throw error;
    }
    try {
      await control.committer.mend();
      return control;
    } catch (error) {
      await control.close();
      throw error;
    }
  }

  /** Finishes what was begun, then gives everything back. */
  async close(): Promise<void> {
    await this.durable.idle();
    await this.quick.idle();
    await this.committer.idle();
    this.locks.close();
    this.presence.close();
    this.generation.close();
    closeSessions(this.sessions);
  }
}

function closeSessions({ durable, quick }: ControlSessions): void {
  quick.database.close();
  durable.database.close();
}
