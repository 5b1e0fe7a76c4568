/** Something in a config that cannot be used. */
export interface OptionProblem {
  /** Such as `sqlite.synchronous`; empty for the config as a whole. */
  readonly path: string;
  readonly message: string;
}
