/** Why a command cannot go on. */
export interface Blocker {
  /** A code of the library's error table, or a slug of the command's own. */
  readonly code: string;
  readonly message: string;
}

/** What a command answers: printed as JSON with `--json`, and the source of the exit code. */
export interface Answer {
  readonly ok: boolean;
  /** Whether the next step of the migration could be taken now. */
  readonly canAdvance: boolean;
  readonly blockedBy: readonly Blocker[];
  /** Whether what was done, or stands, can be taken back without losing anything. */
  readonly reversible: boolean;
  /** Commands to type next, whole. */
  readonly nextSteps: readonly string[];
  /** Default: 0 when `ok`, else 1. */
  readonly exitCode?: number;
  /** What else the command tells; its members stand beside the others in the JSON. */
  readonly details?: object;
}

/** The exit code of an answer. */
export function exitCodeOf(answer: Answer): number {
  return answer.exitCode ?? (answer.ok ? 0 : 1);
}
