import type { TokenName } from "../settings/default-settings.ts";
import type { Stores } from "../stores/stores.ts";
import { urlOrigin } from "./url-origin.ts";

const tokenOfHost: Readonly<Record<string, TokenName>> = {
  huggingface: "huggingface_token",
  civitai: "civitai_api_key",
};

/** The token of the host that a URL leads to; empty where there is none. No other host gets one. */
export async function hostToken(stores: Stores, url: string): Promise<string> {
  const name = tokenOfHost[urlOrigin(url).source ?? ""];
  return name === undefined ? "" : stores.appSettings.token(name);
}
