/** The long form of the chaos tests: `CUTOVER_CHAOS=full pnpm test:chaos`. */
export const isFull: boolean = process.env["CUTOVER_CHAOS"] === "full";
