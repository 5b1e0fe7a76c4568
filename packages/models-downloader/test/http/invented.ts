import { isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";
import { lookalike, type LookalikeOptions, type StoreName } from "@cutover/fixtures";

/** Invented data, small enough to be migrated before every request. */
export const tiny: LookalikeOptions = {
  scale: {
    node_metadata: 0.002,
    usage_cache: 0.05,
    model_metadata: 0.1,
    tavily_cache: 0.2,
    download_history: 0.2,
  },
};

/** What a store's file holds before the first request. */
export function invented(store: StoreName): JsonValue {
  const file = lookalike(tiny).find((one) => one.store === store);
  const value: JsonValue = JSON.parse(file?.bytes.toString("utf8") ?? "null");
  return value;
}

/** As {@link invented}, of a store whose file is an object. */
export function inventedObject(store: StoreName): JsonObject {
  const value = invented(store);
  if (isJsonObject(value)) return value;
  throw new Error(`${store} is no object`);
}

/** The keys of a store's file in their order; parsing would move names that look like integers. */
export function inventedKeys(store: StoreName): string[] {
  const text =
    lookalike(tiny)
      .find((one) => one.store === store)
      ?.bytes.toString("utf8") ?? "";
  return Array.from(text.matchAll(/^ {2}("(?:[^"\\]|\\.)*"): /gm), ([, key = ""]) =>
    String(JSON.parse(key)),
  );
}

/** Names of the history's entries, newest first. */
export function historyNames(history: JsonValue | undefined): JsonValue[] {
  if (!Array.isArray(history)) throw new Error("no history");
  return history.map((entry: JsonValue) =>
    isJsonObject(entry) ? (entry["filename"] ?? null) : null,
  );
}

/** An extension map: the second extension claims a node of the first one too. */
export const extensionMap = JSON.stringify({
  "https://github.com/a/b": [["Load \u{2728} Widget", "Shared"], { title: "B" }],
  "https://github.com/c/d": [["Shared"], { title_aux: "D" }],
});

/** Where the application keeps the extension map. */
export const mapFile = "metadata/extension-node-map.json";
