/** A failure of the operating system, and the calls that may report it. */
export interface FaultKind {
  readonly errno: string;
  readonly calls: readonly string[];
}

const reading = ["open", "read", "stat", "fstat", "readdir", "realpath"];
const naming = ["create", "mkdir", "link", "rename", "unlink", "rmdir"];
const writing = ["write", "writev", "fsync"];
const changing = ["fchmod", "fchown", "utimes"];

export const faultKinds: readonly FaultKind[] = [
  { errno: "EIO", calls: [...reading, ...naming, ...writing, ...changing] },
  { errno: "ENOSPC", calls: ["create", "mkdir", "link", "rename", ...writing] },
  { errno: "EDQUOT", calls: ["create", "mkdir", "link", "rename", ...writing] },
  { errno: "EMFILE", calls: ["open", "create", "readdir"] },
  { errno: "EACCES", calls: ["open", "readdir", ...naming] },
  { errno: "EROFS", calls: [...naming, ...changing] },
];

/** One experiment: the `nth` call that may fail so does, alone or with all after it. */
export interface Fault {
  readonly kind: FaultKind;
  readonly nth: number;
  readonly isForGood: boolean;
}

/** A name that stands for a fault on a command line. */
export function nameOf({ kind, nth, isForGood }: Fault): string {
  return `${kind.errno}:${nth}${isForGood ? "+" : ""}`;
}

/** @returns the fault that {@link nameOf} named, or undefined */
export function faultNamed(name: string): Fault | undefined {
  const [, errno, nth, plus] = /^([A-Z]+):(\d+)(\+?)$/.exec(name) ?? [];
  const kind = faultKinds.find((known) => known.errno === errno);
  return kind && { kind, nth: Number(nth), isForGood: plus === "+" };
}
