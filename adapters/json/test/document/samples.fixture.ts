import { isStorageError, type StorageError } from "@cutover/core";
import { type DocumentLayout, type JsonDocument, parseDocument } from "../../src/document/index.ts";

export const object: DocumentLayout = { shape: "object", at: [] };
export const array: DocumentLayout = { shape: "array", at: [], keyMember: "id" };
export const models: DocumentLayout = { shape: "array", at: ["models"], keyMember: "filename" };

/** The models catalogue's style: indented, with arrays of scalars on one line. */
export const catalog = `{
  "version": "1.0.0",
  "updated_at": "2025-01-29",
  "models": [
    {
      "filename": "flux1-dev-fp8.safetensors",
      "size": 1.0,
      "scale": 1e3,
      "tags": ["flux", "fp8", "dev"]
    },
    {
      "filename": "ae.safetensors",
      "protected": true,
      "tags": ["vae"]
    }
  ],
  "tail": {"b": 1,  "a": []}
}
`;

/** What Python's json.dump(value, file, indent=2) writes. */
export const python = String.raw`{
  "sub/model.safetensors": {
    "success": true,
    "results": [],
    "query": "caf\u00e9 \ud83d\ude00",
    "cached_at": 1764412345.0
  },
  "10": {
    "nested": {
      "a": [
        1,
        2.50
      ],
      "empty": {}
    }
  },
  "2": [
    "x"
  ],
  "bare": 1.0
}`;

export function open(text: string | Uint8Array, layout: DocumentLayout = object): JsonDocument {
  const bytes = typeof text === "string" ? Buffer.from(text, "utf8") : text;
  return parseDocument(bytes, { file: "records.json", layout });
}

export function textOf(document: JsonDocument): string {
  return Buffer.concat(document.chunks()).toString("utf8");
}

/** The StorageError that `work` throws; anything else it throws is passed on. */
export function errorOf(work: () => unknown): StorageError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (isStorageError(error)) return error;
    throw error;
  }
}

/** Line and column of an offset, counted over the decoded text: an oracle of its own. */
export function placeAt(bytes: Uint8Array, offset: number): { line: number; column: number } {
  const lines = Buffer.from(bytes.subarray(0, offset)).toString("utf8").split("\n");
  return { line: lines.length, column: Array.from(lines.at(-1) ?? "").length + 1 };
}
