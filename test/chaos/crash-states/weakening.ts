import type { SourceChange } from "../disk/copies.ts";

/** A commit with one step left out or out of order. */
export interface Weakening {
  readonly name: string;
  /** The scenario that shows what it breaks. */
  readonly shownBy: string;
  readonly changes: readonly SourceChange[];
}

const run = "store/commit-run.ts";
const forward = "store/roll-forward.ts";
const state = "store/state-folder.ts";

export const weakenings: readonly Weakening[] = [
  {
    name: "contents-not-synced",
    shownBy: "new-folder",
    changes: [{ file: run, from: "...this.#writeFds.map((fd) => syncFile(fd)),", to: "" }],
  },
  {
    name: "record-not-synced",
    shownBy: "new-folder",
    changes: [
      {
        file: run,
        from: "...this.#writeFds.map((fd) => syncFile(fd)),",
        to: "...this.#staged.map(({ fd }) => syncFile(fd)),",
      },
    ],
  },
  {
    name: "temp-names-not-synced",
    shownBy: "new-folder",
    changes: [{ file: run, from: "...[...folders].map((folder) => syncFolder(folder)),", to: "" }],
  },
  {
    name: "claim-before-contents",
    shownBy: "new-folder",
    changes: [
      { file: run, from: "await this.#sync();", to: "" },
      {
        file: run,
        from: 'await this.#context.pause("linked");',
        to: 'await this.#context.pause("linked"); await this.#sync();',
      },
    ],
  },
  {
    name: "no-claim",
    shownBy: "new-folder",
    changes: [
      {
        file: run,
        from: "if (this.#context.log.link(this.#recordPath, record)) return record;",
        to: "if (record.revision > 0) return record;",
      },
    ],
  },
  {
    name: "claim-not-synced",
    shownBy: "new-folder",
    changes: [{ file: forward, from: "await syncFolder(context.paths.commits);", to: "" }],
  },
  {
    name: "targets-not-synced",
    shownBy: "plain-files",
    changes: [
      {
        file: forward,
        from: "await settleAll(folders.map((folder) => syncFolder(folder)));",
        to: "void folders;",
      },
    ],
  },
  {
    name: "another's-commit-not-synced",
    shownBy: "stopped-at-targets-renamed",
    changes: [
      {
        file: "store/open-store.ts",
        from: "if (!wasPending) return foldersOf(this.#context, head.record);",
        to: "void foldersOf; if (!wasPending) return [];",
      },
    ],
  },
  {
    name: "claimed-commit-not-finished",
    shownBy: "new-folder",
    changes: [{ file: "store/file-store.ts", from: "await finishAbandoned(context);", to: "" }],
  },
  {
    name: "claimed-commit-not-read",
    shownBy: "new-folder",
    changes: [
      {
        file: "store/version-table.ts",
        from: "const entry = head.isPending ? head.entryOf(file) : undefined;",
        to: "const entry = head.isPending ? undefined : undefined;",
      },
      { file: "store/file-store.ts", from: "await finishAbandoned(context);", to: "" },
    ],
  },
  {
    name: "data-folder-not-synced",
    shownBy: "new-folder",
    changes: [
      {
        file: "backend/json-backend.ts",
        from: "if (first !== undefined) await syncNewFolders(first, root);",
        to: "",
      },
    ],
  },
  {
    name: "new-folder-not-synced",
    shownBy: "new-folder",
    changes: [
      {
        file: "store/staged-file.ts",
        from: "if (first !== undefined) await syncNewFolders(first, dirname(path));",
        to: "",
      },
    ],
  },
  {
    name: "state-folder-not-synced",
    shownBy: "new-folder",
    changes: [
      {
        file: state,
        from: "await settleAll(folders.map((folder) => syncFolder(folder)));",
        to: "void folders;",
      },
    ],
  },
  {
    name: "genesis-not-synced",
    shownBy: "new-folder",
    changes: [{ file: state, from: "fsyncSync(fd);", to: "" }],
  },
];
