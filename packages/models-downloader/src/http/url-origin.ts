import type { JsonObject } from "@cutover/core";

interface KnownHost {
  readonly host: string;
  readonly source: string;
  /** What a URL of this host says about its model. */
  readonly details: (url: URL) => JsonObject;
}

function isHost({ hostname }: URL, host: string): boolean {
  return hostname === host || hostname.endsWith(`.${host}`);
}

/** `/owner/name/resolve/revision/path`, or another page of the repository. */
function huggingFace({ pathname }: URL): JsonObject {
  const [, owner, name, verb, , ...path] = pathname.split("/").map((part) => decoded(part));
  if (owner === undefined || name === undefined || owner === "" || name === "") return {};
  const isFile = (verb === "resolve" || verb === "blob") && path.length > 0;
  return { hf_repo: `${owner}/${name}`, ...(isFile ? { hf_path: path.join("/") } : {}) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function civitai({ pathname }: URL): JsonObject {
  const [, id] = /^\/models\/(\d+)/.exec(pathname) ?? [];
  return id === undefined ? {} : { civitai_model_id: id };
}

const knownHosts: readonly KnownHost[] = [
  { host: "huggingface.co", source: "huggingface", details: huggingFace },
  { host: "civitai.com", source: "civitai", details: civitai },
];

/** Where a URL leads, as far as the URL itself tells. */
export interface UrlOrigin {
  /** `huggingface` or `civitai`; undefined for any other host. */
  readonly source: string | undefined;
  /** `hf_repo` and `hf_path`, or `civitai_model_id`. */
  readonly details: JsonObject;
}

/** Reads a model's origin out of its URL. What is no URL has none. */
export function urlOrigin(text: string): UrlOrigin {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const known = url && knownHosts.find(({ host }) => isHost(url, host));
  if (url === undefined || known === undefined) return { source: undefined, details: {} };
  return { source: known.source, details: known.details(url) };
}
