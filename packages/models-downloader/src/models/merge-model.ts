import { type JsonObject, type JsonValue, setMember } from "@cutover/core";
import { isBlank } from "../records/stored-object.ts";

/** How members of a patch go into a record. */
export interface MergeRules {
  /** Leave out members that are null. Default: true. */
  readonly skipNull?: boolean;
  /** Leave out members that are empty text. Default: true. */
  readonly skipEmpty?: boolean;
  /** Members that stay as they are where the record has them. Default: `user_url`. */
  readonly protect?: readonly string[];
}

/** What a user wrote, which no download, search or scan may take away. */
export const protectedMembers: readonly string[] = ["user_url"];

/** A record with a patch merged in; what it had keeps its place. */
export function mergedModel(
  current: JsonObject | undefined,
  patch: JsonObject,
  rules: MergeRules = {},
): JsonObject {
  const { skipNull = true, skipEmpty = true, protect = protectedMembers } = rules;
  const merged: Record<string, JsonValue> = { ...current };
  for (const [member, value] of Object.entries(patch)) {
    if ((value === null && skipNull) || (value === "" && skipEmpty)) continue;
    if (protect.includes(member) && !isBlank(current?.[member])) continue;
    setMember(merged, member, value);
  }
  return merged;
}

/** A new record in place of another one, of which some members stay. */
export function replacedModel(
  current: JsonObject | undefined,
  next: JsonObject,
  preserve: readonly string[],
): JsonObject {
  const merged: Record<string, JsonValue> = { ...next };
  for (const member of preserve) {
    const kept = current?.[member];
    if (kept !== undefined && !isBlank(kept) && isBlank(next[member]))
      setMember(merged, member, kept);
  }
  return merged;
}

/** Members that say where a model's file came from; they belong together. */
const originMembers: ReadonlySet<string> = new Set([
  "url",
  "url_source",
  "source",
  "hf_repo",
  "hf_path",
  "civitai_url",
  "civitai_model_id",
  "civitai_version_id",
]);

/**
 * A record after its model was downloaded: its origin is the download's alone, all else that was
 * known of it stays.
 */
export function downloadedModel(current: JsonObject | undefined, download: JsonObject): JsonObject {
  const rest = Object.entries(current ?? {}).filter(([member]) => !originMembers.has(member));
  return mergedModel(Object.fromEntries(rest), download);
}
