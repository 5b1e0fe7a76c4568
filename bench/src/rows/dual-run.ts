import type { Row } from "../row.ts";
import { measureDualGets } from "./dual-run-get.ts";
import { measureDualPuts } from "./dual-run-put.ts";

/** Row 21: two stores as one. */
export const dualRunRow: Row = {
  id: "21",
  title: "Dual run: get and put",
  async run(context) {
    return [
      ...(await measureDualGets(context)),
      ...(await measureDualPuts(context, 1)),
      ...(await measureDualPuts(context, 8)),
    ];
  },
};
