import type { WriteOperation } from "@cutover/core";
import type { ExpressRequest } from "../driver/express.ts";
import type { SqlTable } from "../driver/sql-table.ts";
import { step, type PgLink, type Step } from "./link.ts";
import { codeOf } from "./postgres-error.ts";
import { putOne } from "./run-statements.ts";
import type { Signature } from "./signer.ts";
import type { Turns } from "./turns.ts";

/** SQLSTATE undefined_function. */
const noSuchFunction = "42883";

/** A put that nothing has to be known for. */
export interface LonePut {
  readonly operation: WriteOperation & { readonly type: "put" };
  readonly table: SqlTable;
}

/**
 * What nearly every shot is: one put of one caller, which needs no planning.
 *
 * @returns undefined where there is more, or something to look at first
 */
export function lonePut(
  requests: readonly ExpressRequest[],
  tableOf: (operation: WriteOperation) => SqlTable,
): LonePut | undefined {
  const [request] = requests;
  const [operation] = request?.operations ?? [];
  if (requests.length !== 1 || request?.operations.length !== 1) return undefined;
  if (operation?.type !== "put" || operation.insert || operation.ifVersion !== undefined)
    return undefined;
  const table = tableOf(operation);
  // Otherwise there is something to note down, or to remove.
  return table.touched && table.definition.expiry === undefined ? { operation, table } : undefined;
}

/** Writes the record in one round trip, and in one statement where the engine can. */
export async function sendLonePut(
  link: PgLink,
  { operation, table }: LonePut,
  how: { readonly turns: Turns; readonly signature: Signature; readonly waitMs: number },
): Promise<void> {
  const { turns, signature, waitMs } = how;
  const cells = table.codec.encode(operation.key, operation.value);
  const atOnce = turns.putAlone?.(table, { cells, signature, waitMs });
  if (atOnce !== undefined && (await sendIfKnown(link, atOnce))) return;
  const entering = { definitions: [table.definition], exclusive: false, waitMs };
  await link.send([...turns.enter(entering), step(putOne(table), cells), signature.step]);
}

/** @returns false where a function is not there: the definition is another one, or it was removed */
async function sendIfKnown(link: PgLink, steps: readonly Step[]): Promise<boolean> {
  try {
    await link.send(steps);
    return true;
  } catch (error) {
    if (codeOf(error) === noSuchFunction) return false;
    throw error;
  }
}
