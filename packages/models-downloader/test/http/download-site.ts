import { isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";
import { Downloads } from "../../src/http/downloads.ts";
import { httpApp } from "../../src/http/http-app.ts";
import {
  type DownloadRequest,
  localServices,
  type TransferOutcome,
} from "../../src/http/http-services.ts";
import { LiveStores } from "../../src/server/live-stores.ts";
import { type Folder, makeFolder, type Place } from "../folder.ts";
import { clock } from "./requests.ts";

/** The CivitAI key that every site has. */
export const token = "civit_abcdefghijklmnop";

/** A download that was started, and how the test ends it. */
export interface Transfer {
  readonly request: DownloadRequest;
  readonly end: (outcome: TransferOutcome) => void;
  readonly fail: (error: Error) => void;
}

/** The endpoints over a folder, with downloads that end when the test says so. */
export class Site {
  readonly folder: Folder;
  readonly transfers: Transfer[] = [];
  readonly log: string[] = [];
  readonly stores: LiveStores;
  readonly downloads: Downloads;
  readonly app: ReturnType<typeof httpApp>;

  constructor(folder: Folder) {
    this.folder = folder;
    this.stores = new LiveStores({ folder: folder.path, open: () => folder.serve() });
    const download = (request: DownloadRequest): Promise<TransferOutcome> => {
      const { promise, resolve, reject } = Promise.withResolvers<TransferOutcome>();
      this.transfers.push({ request, end: resolve, fail: reject });
      return promise;
    };
    const parts = {
      stores: this.stores,
      services: localServices(folder.path, { download, clock }),
      onFailure: (line: string): void => void this.log.push(line),
    };
    this.downloads = new Downloads(parts);
    this.app = httpApp({ ...parts, downloads: this.downloads });
  }

  async post(path: string, body: JsonObject): Promise<{ status: number; json: JsonObject }> {
    const init = { method: "POST", body: JSON.stringify(body) };
    const response = await this.app.request(`/workflow-models${path}`, init);
    const json: JsonValue = JSON.parse(await response.text());
    return { status: response.status, json: isJsonObject(json) ? json : {} };
  }

  /** The transfer that was started as this one, counted from 0. */
  transfer(index: number): Transfer {
    const transfer = this.transfers[index];
    if (transfer === undefined) throw new Error(`no transfer ${index} was started`);
    return transfer;
  }

  /** Waits for what is running to be noted; no download is taken after that. */
  settle(): Promise<void> {
    return this.downloads.drain(60_000);
  }
}

/** A folder with these files, and tokens in its settings. */
export async function openSite(
  kind: Place,
  files: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const folder = await makeFolder(kind, { files });
  const site = new Site(folder);
  await site.post("/settings", { civitai_api_key: token, huggingface_token: "hf_abcdefghijkl" });
  return site;
}
