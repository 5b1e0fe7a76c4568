import { createHash } from "node:crypto";
import {
  defineCollection,
  integer,
  text,
  timestamp,
  type CollectionDefinition,
} from "@cutover/core";
import { manyRecords, type BenchmarkRecord } from "@cutover/fixtures";
import { modelOptions } from "../stores/models.ts";

/** A model as the plan's table has it: with the hash that it looks models up by. */
export type HashedModel = BenchmarkRecord & { readonly sha256_hash: string };

/** One download, with the members that the application writes. */
export type Download = {
  readonly id: string;
  readonly filename: string;
  readonly status: string;
  readonly error: string;
  readonly total_size: number;
  readonly timestamp: string;
  readonly directory: string;
};

/** A setting is any scalar. */
export type Setting = string | number | boolean;

export const settings: CollectionDefinition<Setting> = defineCollection<Setting>({
  name: "settings",
});

export const metadata: CollectionDefinition<HashedModel> = defineCollection<HashedModel>({
  name: "model_metadata",
  key: "filename",
  fields: {
    ...modelOptions.fields,
    sha256_hash: text(),
  },
  indexes: ["source", "sha256_hash"],
  search: ["filename", "description"],
});

export const history: CollectionDefinition<Download> = defineCollection<Download>({
  name: "download_history",
  key: "filename",
  fields: {
    id: text(),
    filename: text(),
    status: text(),
    error: text(),
    total_size: integer(),
    timestamp: timestamp({ as: "iso-local" }),
    directory: text(),
  },
  indexes: ["status"],
  order: "prepend",
  file: { shape: "array" },
});

/** All that the plan's table speaks of. */
export const planCollections: readonly CollectionDefinition[] = [settings, metadata, history];

/** The hash of the model of that name; invented, but a hash. */
export function hashOf(filename: string): string {
  return createHash("sha256").update(filename).digest("hex");
}

/** The settings of the application. */
export const someSettings: readonly (readonly [string, Setting])[] = [
  ["huggingface_token", ""],
  ["civitai_api_key", ""],
  ["tavily_api_key", ""],
  ["enable_advanced_search", false],
  ["max_parallel_downloads", 3],
];

/** So many models. */
export function someModels(count: number): HashedModel[] {
  return Array.from(manyRecords(count), ({ value }) => ({
    ...value,
    sha256_hash: hashOf(value.filename),
  }));
}

/** The download of that name. */
export function download(filename: string): Download {
  return {
    id: `direct_${filename}`,
    filename,
    status: "completed",
    error: "",
    total_size: 6_938_040_682,
    timestamp: "2026-11-23T10:00:00.123456",
    directory: "checkpoints",
  };
}

/** So many downloads. */
export function someDownloads(count: number): Download[] {
  return Array.from({ length: count }, (_, index) => download(`earlier_${index}.safetensors`));
}
