import type { JsonObject, JsonValue } from "@cutover/core";
import { ok, refused, type Answer } from "./answer.ts";
import { downloadUrl } from "./civitai-urn.ts";
import type { Download } from "./downloads.ts";
import { hostToken } from "./host-token.ts";
import { localMicroseconds, localSeconds } from "./local-time.ts";
import { isFalsy, requiredText } from "./request-body.ts";
import type { Call, Route } from "./route.ts";
import { urlOrigin } from "./url-origin.ts";

const usualLimit = 3;

/** An id as the original makes it; different names may share one. */
const idOf = (text: string): string => text.replaceAll(/[/\\]/g, "_");

interface Wanted {
  readonly id: string;
  readonly url: string;
  readonly filename: string;
  readonly directory: string;
  /** What is to be stored beside the URL and its origin. */
  readonly details: () => JsonObject;
}

async function downloadOf({ stores, body }: Call, wanted: Wanted): Promise<Download> {
  const { id, url, filename, directory, details } = wanted;
  const { source = "direct", details: origin } = urlOrigin(url);
  const force = !isFalsy(body()["force"]);
  return {
    request: { id, url, token: await hostToken(stores, url), filename, directory, force },
    metadata: () => ({ filename, url, source, ...origin, ...details() }),
  };
}

async function startNow(call: Call, wanted: Wanted): Promise<Answer> {
  const download = await downloadOf(call, wanted);
  if (call.downloads.isUnderWay(wanted.id)) return refused({ error: "Already downloading" });
  call.downloads.start(download);
  const message = `Started downloading ${wanted.filename}`;
  return ok({ success: true, download_id: wanted.id, message });
}

async function fromHuggingFace(call: Call): Promise<Answer> {
  const request = call.body();
  const repo = requiredText(request, "hf_repo");
  const filename = requiredText(request, "filename");
  const directory = requiredText(request, "directory");
  if (repo === undefined || filename === undefined || directory === undefined)
    return refused({ error: "Missing required fields" });
  const path = requiredText(request, "hf_path") ?? filename;
  const details = { hf_repo: repo, hf_path: path, type: directory, url_source: "download" };
  return startNow(call, {
    id: idOf(`${repo}/${filename}`),
    url: encodeURI(`https://huggingface.co/${repo}/resolve/main/${path}`),
    filename,
    directory,
    details: () => ({ ...details, downloaded_at: localSeconds(call.services.clock()) }),
  });
}

const invalidUrn = { error: "Invalid CivitAI URN format" };

async function fromUrl(call: Call): Promise<Answer> {
  const request = call.body();
  const asked = requiredText(request, "url");
  const filename = requiredText(request, "filename");
  const directory = requiredText(request, "directory");
  if (asked === undefined || filename === undefined || directory === undefined)
    return refused({ error: "Missing required fields (url, filename, directory)" });
  const url = downloadUrl(asked);
  if (url === undefined) return refused(invalidUrn);
  const details = { type: directory, url_source: "download" };
  return startNow(call, {
    id: idOf(`direct_${filename}`),
    url,
    filename,
    directory,
    details: () => ({ ...details, downloaded_at: localSeconds(call.services.clock()) }),
  });
}

/** ComfyUI's own settings may hold the number as text. */
function parallelLimit(value: JsonValue): number {
  const limit = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  if (limit === true) return 1;
  return typeof limit === "number" && limit >= 0 ? Math.floor(limit) : usualLimit;
}

async function queued(call: Call): Promise<Answer> {
  const { stores, services, downloads } = call;
  const request = call.body();
  const asked = requiredText(request, "url");
  const filename = requiredText(request, "filename");
  const directory = requiredText(request, "directory");
  if (asked === undefined || filename === undefined || directory === undefined)
    return refused({ error: "Missing required fields" });
  const url = downloadUrl(asked);
  if (url === undefined) return refused(invalidUrn);
  const id = idOf(`queued_${filename}_${Math.floor(services.clock())}`);
  const download = await downloadOf(call, {
    id,
    url,
    filename,
    directory,
    details: () => ({ from_download: true, cached_at: localMicroseconds(services.clock()) }),
  });
  const { max_parallel_downloads: most } = await stores.appSettings.load();
  if (downloads.isUnderWay(id)) return refused({ error: "Already downloading" });
  downloads.enqueue(download, parallelLimit(most));
  const message = `Added ${filename} to download queue`;
  return ok({ success: true, download_id: id, queued: true, message });
}

/** Downloads: answered at once; history and metadata are written when they end. */
export const downloadRoutes: readonly Route[] = [
  { method: "POST", path: "/download", needs: "download", answer: fromHuggingFace },
  { method: "POST", path: "/download-url", needs: "download", answer: fromUrl },
  { method: "POST", path: "/queue-download", needs: "download", answer: queued },
];
