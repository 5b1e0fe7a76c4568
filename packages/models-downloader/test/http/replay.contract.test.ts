import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";
import type { BackendKind } from "cutover";
import { describe, expect, it, onTestFinished } from "vitest";
import { kinds, makeFolder } from "../folder.ts";
import { AllowedDifferences, differences } from "./difference.ts";
import { allowedAnswers, allowedFiles } from "./replay-differences.ts";
import { type Reply, Subject } from "./subject.ts";

const samples = process.env["CUTOVER_SAMPLES"];
/** A moment whose microseconds have as many digits as the recording's. */
const sometime = 1_799_999_999_123.4568;

const untouched = [
  "tavily_cache.json",
  "node_metadata.json",
  "model_catalog.json",
  "metadata/model-aliases.json",
];

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly body: JsonObject | string | undefined;
  readonly status: number;
  readonly response: JsonValue;
  readonly isBig: boolean;
}

function exchangeOf(value: JsonValue): Exchange {
  if (!isJsonObject(value)) throw new Error("an exchange is no object");
  const { method, path, body, raw, status, response = null, big } = value;
  if (typeof method !== "string" || typeof path !== "string" || typeof status !== "number")
    throw new Error("an exchange lacks method, path or status");
  const sent = typeof raw === "string" ? raw : isJsonObject(body) ? body : undefined;
  return { method, path, body: sent, status, response, isBig: big === true };
}

async function recording(folder: string): Promise<{ all: Exchange[]; filesAfter: JsonObject }> {
  const text = await readFile(join(folder, "models-downloader-http.json"), "utf8");
  const { exchanges, files_after: filesAfter }: JsonObject = JSON.parse(text);
  if (!Array.isArray(exchanges) || !isJsonObject(filesAfter)) throw new Error("no recording");
  return { all: exchanges.map((item: JsonValue) => exchangeOf(item)), filesAfter };
}

/** Big answers were recorded by their members and their count alone. */
function reduced({ json }: Reply, { isBig }: Exchange): JsonValue {
  if (!isBig || !isJsonObject(json)) return json;
  return { __keys: Object.keys(json).toSorted(), __count: json["count"] ?? null };
}

/** How Python lays out an object: `json.dump(…, indent=2)`. */
function asPython(value: JsonValue): string {
  return JSON.stringify(value, null, 2).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

async function replayed(kind: BackendKind, from: string): Promise<Subject> {
  const folder = await makeFolder("json");
  await cp(join(from, "models-downloader"), folder.path, { recursive: true, mode: 0 });
  const subject = new Subject(folder, "json", { clock: () => sometime });
  if (kind === "sqlite") await subject.move();
  onTestFinished(() => subject.close());
  return subject;
}

async function send(subject: Subject, { method, path, body }: Exchange): Promise<Reply> {
  return method === "GET" ? subject.get(path) : subject.post(path, body);
}

describe("replay of the recorded exchanges", () => {
  if (samples === undefined)
    process.stderr.write(
      "SKIPPED: the 85 recorded exchanges were not replayed; set CUTOVER_SAMPLES to the folder " +
        "that holds models-downloader/ and models-downloader-http.json\n",
    );

  it.skipIf(samples === undefined).each(kinds)(
    "every exchange gives the same status and the same JSON from %s, and the files afterwards match",
    async (kind) => {
      const from = String(samples);
      const { all, filesAfter } = await recording(from);
      expect(all).toHaveLength(85);
      const subject = await replayed(kind, from);
      const answers = new AllowedDifferences(allowedAnswers, kind);
      const problems: string[] = [];
      for (const [number, exchange] of all.entries()) {
        const reply = await send(subject, exchange);
        if (reply.status !== exchange.status)
          problems.push(`${number} ${exchange.path}: status ${reply.status}`);
        problems.push(
          ...answers.check(number, differences(exchange.response, reduced(reply, exchange))),
        );
      }
      await subject.settleInFiles();
      const files = new AllowedDifferences(allowedFiles, kind);
      for (const [name, content] of Object.entries(filesAfter)) {
        const text = await subject.folder.text(name);
        const ours: JsonValue = JSON.parse(text);
        problems.push(...files.check(name, differences(content, ours)));
        if (!untouched.includes(name) && text !== asPython(ours))
          problems.push(`${name} is not laid out as Python does it`);
      }
      for (const name of untouched)
        expect(await subject.folder.text(name)).toBe(
          await readFile(join(from, "models-downloader", name), "utf8"),
        );
      expect(problems).toEqual([]);
      expect([...answers.unused(), ...files.unused()]).toEqual([]);
    },
  );
});
