/** A command, and how to come to where it begins. */
export interface CommandScenario {
  /** Its words; the folder comes behind the first. */
  readonly words: readonly string[];
  /** The folder has units that move one by one. */
  readonly isGradual: boolean;
  /** Commands that lead an untouched folder to where this one begins. */
  readonly way: readonly (readonly string[])[];
  /** Commands that lead back there from where it ends. */
  readonly back: readonly (readonly string[])[];
  /**
   * Where everything may be when it was interrupted, apart from where it is when it is done: the
   * store in charge, or the stages of both units. Some commands are several steps, each whole.
   */
  readonly interrupted: RegExp;
  readonly done: string;
}

const unit = ["--unit", "assets/models"];
const verb = (name: string): string[] => [name, ...unit];
const [start, backfill, verify, change, reverse, cancel] = [
  verb("start"),
  verb("backfill"),
  verb("verify"),
  verb("switch"),
  verb("reverse"),
  verb("cancel"),
];
const takeBack = ["rollback", "--yes"];
const toShadow = [start, backfill];
const toLive = [...toShadow, verify, change];

type Course = Pick<CommandScenario, "words" | "way" | "back">;

const migrate: Course = { words: ["migrate"], way: [], back: [takeBack] };
const rollback: Course = { words: takeBack, way: [["migrate"]], back: [["migrate"]] };

/** Every command that moves something. A folder as a whole is in `json` or `sqlite`, a unit at a stage. */
export const commandScenarios: Readonly<Record<string, CommandScenario>> = {
  migrate: {
    ...migrate,
    isGradual: false,
    interrupted: /^json$/,
    done: "sqlite",
  },
  rollback: {
    ...rollback,
    isGradual: false,
    interrupted: /^sqlite$/,
    done: "json",
  },
  start: {
    words: start,
    isGradual: true,
    way: [],
    back: [cancel],
    interrupted: /^off,off$/,
    done: "dualwrite,off",
  },
  backfill: {
    words: backfill,
    isGradual: true,
    way: [start],
    back: [cancel, start],
    interrupted: /^dualwrite,off$/,
    done: "shadow,off",
  },
  verify: {
    words: verify,
    isGradual: true,
    way: toShadow,
    back: [],
    interrupted: /^shadow,off$/,
    done: "shadow,off",
  },
  switch: {
    words: change,
    isGradual: true,
    way: [...toShadow, verify],
    back: [reverse, verify],
    interrupted: /^shadow,off$/,
    done: "live,off",
  },
  reverse: {
    words: reverse,
    isGradual: true,
    way: toLive,
    back: [verify, change],
    interrupted: /^live,off$/,
    done: "shadow,off",
  },
  "migrate-units": {
    ...migrate,
    isGradual: true,
    interrupted: /^(off|dualwrite|shadow|live),(off|dualwrite|shadow)$/,
    done: "live,live",
  },
  "rollback-units": {
    ...rollback,
    isGradual: true,
    interrupted: /^(?!off,off)(live|shadow|off),(live|shadow|off)$/,
    done: "off,off",
  },
};
