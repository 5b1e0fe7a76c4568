import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { CollectionDefinition } from "../definition/collection-definition.ts";
import { memberOf } from "../definition/member.ts";
import { StorageError } from "../errors/storage-error.ts";
import type { JsonValue } from "./json.ts";
import { formatPath, normaliseValue } from "./normalise.ts";

function checkKeyMember(definition: CollectionDefinition, key: string, value: JsonValue): void {
  const { keyMember, name } = definition;
  if (keyMember === undefined || memberOf(value, keyMember) === key) return;
  throw new StorageError(
    "INVALID_VALUE",
    `collection "${name}", key ${JSON.stringify(key)}: member "${keyMember}" must repeat the key`,
    { collection: name },
  );
}

function pathOf(issue: StandardSchemaV1.Issue): string {
  const steps = (issue.path ?? []).map((step) => (typeof step === "object" ? step.key : step));
  return formatPath(steps.map((step) => (typeof step === "number" ? step : String(step))));
}

function checkIssues(
  definition: CollectionDefinition,
  key: string,
  result: StandardSchemaV1.Result<unknown>,
): void {
  if (result.issues === undefined) return;
  const issues = result.issues.map((issue) => ({ message: issue.message, path: pathOf(issue) }));
  const paths = issues.map((issue) => issue.path).join(", ");
  throw new StorageError(
    "VALIDATION_FAILED",
    `collection "${definition.name}", key ${JSON.stringify(key)}: the schema refuses ${paths}`,
    { collection: definition.name, issues },
  );
}

/**
 * Checks a value before it is written.
 *
 * @returns a copy in the form adapters see
 * @throws StorageError INVALID_VALUE, VALIDATION_FAILED
 */
export async function checkRecord(
  definition: CollectionDefinition,
  key: string,
  value: unknown,
): Promise<JsonValue> {
  const checked = checkShape(definition, key, value);
  const schema = definition.schema;
  if (schema !== undefined)
    checkIssues(definition, key, await schema["~standard"].validate(checked));
  return checked;
}

/** As {@link checkRecord}, without the collection's schema. */
export function checkShape(
  definition: CollectionDefinition,
  key: string,
  value: unknown,
): JsonValue {
  const checked = normaliseValue(value);
  checkKeyMember(definition, key, checked);
  return checked;
}

/**
 * As {@link checkRecord}, at once.
 *
 * @throws StorageError CONFIG_INVALID when the schema is asynchronous
 */
export function checkRecordNow(
  definition: CollectionDefinition,
  key: string,
  value: unknown,
): JsonValue {
  const checked = checkShape(definition, key, value);
  const result = definition.schema?.["~standard"].validate(checked);
  if (result instanceof Promise) {
    throw new StorageError(
      "CONFIG_INVALID",
      `collection "${definition.name}": update() and patch() need a synchronous schema; use a transaction`,
      { collection: definition.name },
    );
  }
  if (result !== undefined) checkIssues(definition, key, result);
  return checked;
}
