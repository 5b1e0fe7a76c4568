import { type CommitPoint } from "../../src/store/commit-points.ts";

/** Holds a commit at one point until it is let go on; works once. */
export interface Gate {
  readonly pause: (point: CommitPoint) => Promise<void>;
  /** Resolves when the commit has come to the point. */
  readonly reached: Promise<void>;
  readonly open: () => void;
}

/** A gate that lets everything through until it is armed. */
export interface LateGate extends Gate {
  readonly arm: () => void;
}

export function gateAt(point: CommitPoint): Gate {
  const gate = lateGateAt(point);
  gate.arm();
  return gate;
}

export function lateGateAt(point: CommitPoint): LateGate {
  const { promise: reached, resolve: arrive } = Promise.withResolvers<void>();
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  let isArmed = false;
  const pause = async (at: CommitPoint): Promise<void> => {
    if (at !== point || !isArmed) return;
    isArmed = false;
    arrive();
    await opened;
  };
  const arm = (): void => {
    isArmed = true;
  };
  return { pause, reached, open, arm };
}
