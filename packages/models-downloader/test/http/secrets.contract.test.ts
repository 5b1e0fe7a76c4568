import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeStores } from "../describe-stores.ts";
import { exportStore, historyEntry, storeNames } from "../../src/index.ts";
import { places } from "../folder.ts";
import { tiny } from "./invented.ts";
import { openSubject, type Subject } from "./subject.ts";

const tokens = {
  huggingface_token: "hf_SECRETabcdefghijklmnop",
  civitai_api_key: "civit+SECRET/0123456789==",
  tavily_api_key: "tvly-SECRETabcdefghijkl",
};
const secrets = Object.values(tokens).flatMap((token) => [token, encodeURIComponent(token)]);

function withoutSecrets(text: string): void {
  for (const secret of secrets) expect(text).not.toContain(secret);
}

/** Requests that carry tokens to places where none belongs, or that fail. */
async function provoke(subject: Subject): Promise<string[]> {
  const answers: string[] = [];
  for (const token of Object.values(tokens)) {
    const url = `https://civitai.com/api/download/1?token=${encodeURIComponent(token)}`;
    const plain = `https://h/${token}/x`;
    for (const [path, body] of [
      ["/settings", `{"huggingface_token": "${token}"`],
      ["/settings", { huggingface_token: [token] }],
      ["/save-model-url", { filename: "a.bin", url }],
      ["/save-model-url", { filename: "b.bin", url: plain }],
      ["/save-model-url", { filename: "c.bin", url: [plain] }],
      ["/save-model-source", { filename: "d.bin", url, note: token }],
      ["/track-usage", { models: [token] }],
      ["/settings/parallel", { max_parallel: token }],
    ] as const)
      answers.push((await subject.post(path, body)).text);
    const entry = historyEntry({
      filename: "failed.bin",
      status: "error",
      error: `HTTP 500: ${url} ${plain}`,
      timestamp: "2025-11-29T10:00:00",
    });
    await subject.use((stores) =>
      stores.finishDownload({ entry, metadata: { url, suggestions: [{ url: plain }] } }),
    );
  }
  for (const path of ["/settings", "/download-history", "/model-metadata", "/cache-info"])
    answers.push((await subject.get(path)).text);
  return answers;
}

describeStores(places, "tokens, with data in %s", (kind) => {
  it("reach no answer, no line of the log and no other store", async () => {
    const subject = await openSubject(kind, { lookalike: tiny });
    await subject.post("/settings", tokens);
    for (const answer of await provoke(subject)) withoutSecrets(answer);
    withoutSecrets(subject.log.join("\n"));
    expect(subject.log.length).toBeGreaterThan(5);
    for (const store of storeNames) {
      if (store === "settings") continue;
      withoutSecrets(JSON.stringify(await subject.use((stores) => exportStore(stores, store))));
    }
    const kept = await subject.use(({ settings }) => settings.getAll());
    expect(Object.fromEntries(kept)).toMatchObject(tokens);
  });

  it("stand in no file but that of the settings once the data is back in files", async () => {
    const subject = await openSubject(kind, { lookalike: tiny });
    await subject.post("/settings", tokens);
    await provoke(subject);
    await subject.settleInFiles();
    const names = await readdir(subject.folder.path);
    const files = names.filter((name) => name.endsWith(".json") && name !== "settings.json");
    expect(files.length).toBeGreaterThan(4);
    for (const name of files)
      withoutSecrets(await readFile(join(subject.folder.path, name), "utf8"));
  });
});
