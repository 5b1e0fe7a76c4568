import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { contentIn, writeLater } from "./content-words.ts";
import { backupWord, type DataFolder } from "./data-folder.ts";
import {
  afterChange,
  backedUp,
  configured,
  keptBeside,
  mismatchesIn,
  rebuilt,
  standIn,
} from "./looks.ts";
import { editDatabase, editFile, loseControl, mendDatabase } from "./mishaps.ts";

/** A command that nothing leads back from, or that leaves more than a stage. */
export interface OneWayScenario {
  /** Takes the place of `cutover`: a seeded fault. Default: none does. */
  readonly program?: string;
  /** Its words; the folder comes behind the first. */
  readonly words: readonly string[];
  /** The folder has units that move one by one. */
  readonly isGradual: boolean;
  /** Leads an untouched folder to where the command begins. */
  readonly prepare: (folder: DataFolder) => Promise<void>;
  /** What is found, in a few words. The folder is a copy, and may be changed. */
  readonly look: (folder: DataFolder) => Promise<string>;
  /** What may be found when it was interrupted. */
  readonly interrupted: RegExp;
  /** The same when it was told twice, and did not clear up. Default: no more than that. */
  readonly hurried?: RegExp;
  /** What is found when it is done. */
  readonly done: string;
  /** Removes what the command does not overwrite. */
  readonly clear?: (folder: DataFolder) => void;
}

const verb = (name: string): string[] => [name, "--unit", "assets/models"];
const toShadow = [verb("start"), verb("backfill")];
const toLive = [...toShadow, verb("verify"), verb("switch")];
const takeBack = ["rollback", "--yes"];
const backup = ["backup", backupWord];
const restore = ["restore", backupWord, "--yes"];

const reversed = (folder: DataFolder): Promise<string> => afterChange(folder, [verb("reverse")]);

async function editedAtShadow(folder: DataFolder): Promise<void> {
  await folder.walk(toShadow);
  await editDatabase(folder);
  await folder.run(verb("verify"));
}

async function editedAtLive(folder: DataFolder): Promise<void> {
  await folder.walk(toLive);
  editFile(folder);
}

/** Then an application changes everything. */
async function backedUpAt(folder: DataFolder, way: readonly (readonly string[])[]): Promise<void> {
  await folder.walk([...way, backup]);
  await writeLater(folder);
}

const ofBackups = {
  words: backup,
  look: backedUp,
  interrupted: /^none$/,
  hurried: /^(none|unfinished, beside later,later|whole first,first)$/,
  done: "whole first,first",
  clear: (folder: DataFolder): void => rmSync(folder.backup, { recursive: true, force: true }),
};

const ofRestores = {
  words: restore,
  look: contentIn,
  interrupted: /^later,later$/,
  hurried: /^(later,later|refused|first,first)$/,
  done: "first,first",
};

/** Commands that give something up, mend, copy and put back. What is found tells both collections. */
export const oneWayScenarios: Readonly<Record<string, OneWayScenario>> = {
  "ramp-down": {
    words: verb("complete"),
    isGradual: true,
    prepare: (folder) => folder.walk(toLive),
    look: standIn,
    interrupted: /^live,off cutover models.json first,first$/,
    hurried: /^(live|rampdown),off cutover models.json first,first$/,
    done: "rampdown,off cutover models.json first,first",
  },
  complete: {
    words: ["complete", "--yes"],
    isGradual: true,
    prepare: (folder) => folder.walk([["migrate"], ["complete"]]),
    look: standIn,
    interrupted: /^(rampdown|complete),(rampdown|complete) cutover models.json(.bak)? first,first$/,
    done: "complete,complete cutover models.json.bak first,first",
  },
  cancel: {
    words: verb("cancel"),
    isGradual: true,
    prepare: (folder) => folder.walk(toShadow),
    look: standIn,
    interrupted: /^shadow,off cutover models.json first,first$/,
    hurried: /^(shadow,off cutover|off,off (cutover|json)) models.json first,first$/,
    done: "off,off json models.json first,first",
  },
  repair: {
    words: verb("repair"),
    isGradual: true,
    prepare: editedAtShadow,
    look: (folder) => afterChange(folder, [verb("verify"), verb("switch")]),
    interrupted: /^(open|mended first,first)$/,
    done: "mended first,first",
  },
  recheck: {
    words: ["mismatches recheck"],
    isGradual: true,
    prepare: async (folder) => {
      await editedAtShadow(folder);
      await mendDatabase(folder);
    },
    look: mismatchesIn,
    // Each record is looked at, and forgotten, by itself.
    interrupted: /^(open(,open){0,2})? first,first$/,
    done: " first,first",
  },
  ignore: {
    words: ["mismatches ignore", "models", "--reason", "known"],
    isGradual: true,
    prepare: editedAtShadow,
    look: mismatchesIn,
    interrupted: /^((ignored|open)[, ]){3}first,first$/,
    done: "ignored,ignored,ignored first,first",
  },
  prune: {
    words: ["prune", "--older-than", "0", "--yes"],
    isGradual: false,
    prepare: (folder) => folder.walk([["migrate"], takeBack, ["migrate"], takeBack]),
    look: keptBeside,
    interrupted: /^[12] first,first$/,
    hurried: /^[012] first,first$/,
    done: "0 first,first",
  },
  init: {
    words: ["init", "--write"],
    isGradual: false,
    prepare: (folder) => {
      rmSync(join(folder.path, "cutover.config.json"));
      return Promise.resolve();
    },
    look: configured,
    interrupted: /^ 0$/,
    // The file has another name until all of it is there; the next migrate removes what is left of that.
    hurried: /^(\.cutover-[-0-9a-f]+\.tmp)?,?(cutover\.config\.ts)? 0$/,
    done: "cutover.config.ts 0",
    clear: ({ path }) => {
      for (const name of readdirSync(path))
        if (!name.endsWith(".json")) rmSync(join(path, name), { recursive: true });
    },
  },
  "repair-discard": {
    words: [...verb("repair"), "--discard"],
    isGradual: true,
    prepare: editedAtLive,
    look: reversed,
    interrupted: /^(open|mended first,first)$/,
    done: "mended first,first",
  },
  "repair-adopt": {
    words: [...verb("repair"), "--adopt"],
    isGradual: true,
    prepare: editedAtLive,
    look: reversed,
    interrupted: /^(open|mended later,first)$/,
    done: "mended later,first",
  },
  "backup-json": { ...ofBackups, isGradual: false, prepare: async () => {} },
  "backup-sqlite": {
    ...ofBackups,
    isGradual: false,
    prepare: (folder) => folder.walk([["migrate"]]),
  },
  "backup-units": { ...ofBackups, isGradual: true, prepare: (folder) => folder.walk(toLive) },
  "restore-json": {
    ...ofRestores,
    isGradual: false,
    // A file that the backup has not is put aside, which no commit does.
    prepare: (folder) => {
      rmSync(join(folder.path, "tags.json"));
      return backedUpAt(folder, []);
    },
    hurried: /^(later,later|refused|first,nothing)$/,
    done: "first,nothing",
  },
  "restore-careless": {
    ...ofRestores,
    isGradual: false,
    prepare: (folder) => backedUpAt(folder, []),
    program: join(import.meta.dirname, "careless-restore.fixture.ts"),
  },
  "restore-sqlite": {
    ...ofRestores,
    isGradual: false,
    prepare: (folder) => backedUpAt(folder, [["migrate"]]),
  },
  "restore-units": {
    ...ofRestores,
    isGradual: true,
    prepare: (folder) => backedUpAt(folder, toLive),
  },
  "rebuild-control": {
    words: ["doctor", "--rebuild-control", "--yes"],
    isGradual: true,
    prepare: async (folder) => {
      await folder.walk(toLive);
      await loseControl(folder);
    },
    look: rebuilt,
    interrupted: /^refused$/,
    hurried: /^(refused|live,off later,first)$/,
    done: "live,off later,first",
  },
};
