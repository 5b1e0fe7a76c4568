import { presentFor } from "@cutover/core";
import { quote, type SqlValue } from "./statement.ts";
import type { SqlScope } from "./predicate.ts";

/** What an index over the expiry has to hold, or undefined where records never expire. */
export function expiryInstant({ layout, dialect }: SqlScope): string | undefined {
  const { expiry } = layout.definition;
  return expiry?.as === undefined ? undefined : dialect.instant(quote(expiry.column), expiry.as);
}

/** True of records that have expired; one parameter. */
export function expiredSql(scope: SqlScope): string | undefined {
  const instant = expiryInstant(scope);
  return instant === undefined ? undefined : `${instant} < ?`;
}

/** True of records that have not expired; one parameter. */
export function unexpiredSql(scope: SqlScope): string | undefined {
  const expired = expiredSql(scope);
  return expired === undefined ? undefined : `(${expired}) IS NOT TRUE`;
}

/** Adds the parameter of {@link expiredSql} and {@link unexpiredSql}. */
export function bindExpiry(
  { layout, dialect }: SqlScope,
  nowMs: number,
  parameters: SqlValue[],
): void {
  const form = layout.definition.expiry?.as;
  if (form !== undefined)
    parameters.push(dialect.instantAfter(form, Math.floor(presentFor(form, nowMs))));
}
