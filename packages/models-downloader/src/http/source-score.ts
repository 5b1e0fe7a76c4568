import type { JsonObject } from "@cutover/core";
import { textMember } from "../records/stored-object.ts";

/** Below this, no page is taken for a model's source. */
export const leastScore = 30;

/** The first rule that holds counts; its own rules then count on top. */
interface Rule {
  readonly part: string;
  readonly score: number;
  readonly firstOf?: readonly Rule[];
}

const hosts: readonly Rule[] = [
  {
    part: "huggingface.co",
    score: 30,
    firstOf: [
      { part: "/resolve/", score: 50 },
      { part: "/blob/", score: 40 },
      { part: "/tree/", score: 10 },
    ],
  },
  { part: "civitai.com", score: 25 },
  { part: "github.com", score: 15, firstOf: [{ part: "/releases/", score: 25 }] },
];

interface Weight {
  readonly parts: readonly string[];
  readonly score: number;
}

const weights: readonly Weight[] = [
  { parts: ["/discussions/", "/issues/"], score: -50 },
  { parts: ["/wiki/", "/readme"], score: -30 },
  { parts: ["reddit.com", "twitter.com", "x.com"], score: -100 },
  { parts: ["youtube.com", "medium.com"], score: -80 },
];

const civitaiWeights: readonly Weight[] = [
  { parts: ["/models/"], score: 20 },
  { parts: ["/api/"], score: 30 },
];

function firstOf(rules: readonly Rule[], url: string): number {
  const rule = rules.find(({ part }) => url.includes(part));
  return rule === undefined ? 0 : rule.score + firstOf(rule.firstOf ?? [], url);
}

function sumOf(all: readonly Weight[], url: string): number {
  const counted = all.filter(({ parts }) => parts.some((part) => url.includes(part)));
  return counted.reduce((sum, { score }) => sum + score, 0);
}

function decoded(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

function nameScore(forms: readonly string[], name: string): number {
  const dot = name.lastIndexOf(".");
  const stem = dot === -1 ? name : name.slice(0, dot);
  const found = forms.some((form) => form.includes(name));
  const nearly = forms.some((form) => form.includes(stem));
  const ends = forms.some((form) => form.endsWith(name));
  return (found ? 200 : nearly ? 150 : 0) + (ends ? 100 : 0);
}

/** How much a search result looks like the source of a file, as the original reckons it. */
export function sourceScore(result: JsonObject, filename: string): number {
  const url = (textMember(result, "url") ?? "").toLowerCase();
  if (url === "") return 0;
  const name = filename.toLowerCase();
  const content = (textMember(result, "content") ?? "").toLowerCase();
  const civitai = !url.includes("huggingface.co") && url.includes("civitai.com");
  return (
    nameScore([url, decoded(url)], name) +
    firstOf(hosts, url) +
    (civitai ? sumOf(civitaiWeights, url) : 0) +
    (content.includes(name) ? 10 : 0) +
    sumOf(weights, url)
  );
}
