import type { Allowed } from "./difference.ts";

const microseconds = /^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?"$/;
const seconds = /^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"$/;
const generated = "a timestamp, generated when the request was made";
const folder = "the folder of the replay, not of the recording";

/** What a replay of the recorded exchanges may answer otherwise, place by place. */
export const allowedAnswers: readonly Allowed[] = [
  { at: 53, path: "$.metadata.cached_at", reason: generated, like: microseconds },
  { at: 54, path: "$.metadata.cached_at", reason: generated, like: microseconds },
  { at: 55, path: "$.metadata.cached_at", reason: generated, like: microseconds },
  {
    at: 22,
    path: "$.error",
    reason: "the message of another parser; it never quotes the body, which may hold a token",
    like: /^"the body is not JSON; nothing was changed"$/,
  },
  ...[4, 73, 82].map((at): Allowed => ({
    at,
    path: "$.cache_file",
    kind: "json",
    reason: folder,
    like: /\/usage_cache\.json"$/,
  })),
  ...[4, 73, 82].map((at): Allowed => ({
    at,
    path: "$.cache_file",
    kind: "sqlite",
    reason: "usage lies in the database",
    like: /\/wmd_data\.db"$/,
  })),
  ...[4, 73, 82].map((at): Allowed => ({
    at,
    path: "$.cache_size_bytes",
    kind: "sqlite",
    reason: "the size of the database, all stores together",
    like: /^\d{6,}$/,
  })),
  {
    at: 82,
    path: "$.cache_size_bytes",
    kind: "json",
    reason: "a cleared store is an empty file; the original deletes the file",
    like: /^2$/,
  },
];

/** What the files may hold otherwise afterwards. */
export const allowedFiles: readonly Allowed[] = [
  {
    at: "usage_cache.json",
    path: "$",
    reason:
      "a cleared store is an empty file; the original deletes the file and reads none as empty",
    like: /^\{\}$/,
  },
  {
    at: "model_metadata.json",
    path: '$["control_sd15_inpaint_depth_hand_fp16.safetensors"].updated_at',
    reason: generated,
    like: seconds,
  },
  {
    at: "model_metadata.json",
    path: '$["new model \u00e9\u{1f600}.safetensors"].updated_at',
    reason: generated,
    like: seconds,
  },
  {
    at: "model_metadata.json",
    path: '$["new.gguf"].cached_at',
    reason: generated,
    like: microseconds,
  },
  {
    at: "model_metadata.json",
    path: '$["control_v11e_sd15_ip2p_fp16.safetensors"].cached_at',
    reason: generated,
    like: microseconds,
  },
];
