/** The stages of a hop. */
export type Stage = "off" | "dualwrite" | "shadow" | "live" | "rampdown" | "complete";

/** The two stores of a hop. */
export type Side = "old" | "new";

/** Which store answers and acknowledges, and which one follows. */
export interface Route {
  readonly authority: Side;
  readonly mirror: Side | undefined;
}

/** Who is who in each stage. */
export const routes: Readonly<Record<Stage, Route>> = {
  off: { authority: "old", mirror: undefined },
  dualwrite: { authority: "old", mirror: "new" },
  shadow: { authority: "old", mirror: "new" },
  live: { authority: "new", mirror: "old" },
  rampdown: { authority: "new", mirror: "old" },
  complete: { authority: "new", mirror: undefined },
};

/** A stage change, as `from → to`. */
export interface StageChange {
  readonly from: Stage;
  readonly to: Stage;
}

/** Whether a change makes the other store the authority. */
export function switches({ from, to }: StageChange): boolean {
  return routes[from].authority !== routes[to].authority;
}
