const urn = /^urn:air:[^:]+:[^:]+:civitai:\d+@(\d+)/i;

/** The URL that a CivitAI URN such as `urn:air:sdxl:lora:civitai:1@2` stands for; others stay. */
export function downloadUrl(text: string): string | undefined {
  if (!/^urn:air:/i.test(text)) return text;
  const [, version] = urn.exec(text) ?? [];
  return version === undefined ? undefined : `https://civitai.com/api/download/models/${version}`;
}
