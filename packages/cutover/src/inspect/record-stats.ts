import { isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";
import { MemberStats } from "./member-stats.ts";

/** Members that are followed; data with more of them uses names as keys. */
const mostMembers = 200;
/** Values remembered to see that no two records share one. */
const mostKeys = 1_000_000;
const longestKeyBytes = 1024;

/** What was seen of a file's records. */
export class RecordStats {
  records = 0;
  /** Records that are objects. */
  objects = 0;
  /** Members that were seen in more than the members followed. */
  hasManyMembers = false;
  readonly members: Map<string, MemberStats> = new Map();
  /** Members that all records so far have, as text, each another one. */
  readonly #keys = new Map<string, Set<string>>();
  readonly #findsKeys: boolean;

  /** @param findsKeys - look for members that could be the key, which takes memory per record */
  constructor(findsKeys: boolean) {
    this.#findsKeys = findsKeys;
  }

  see(value: JsonValue): void {
    this.records += 1;
    if (!isJsonObject(value)) return;
    this.objects += 1;
    if (this.#findsKeys) this.#seeKeys(value);
    for (const [name, found] of Object.entries(value)) this.#member(name)?.see(found);
  }

  /** Members that could be the key: in every record, text, never twice the same. */
  get keyCandidates(): readonly string[] {
    return this.objects === this.records ? [...this.#keys.keys()] : [];
  }

  #member(name: string): MemberStats | undefined {
    const known = this.members.get(name);
    if (known !== undefined) return known;
    if (this.members.size >= mostMembers) {
      this.hasManyMembers = true;
      return undefined;
    }
    const stats = new MemberStats();
    this.members.set(name, stats);
    return stats;
  }

  #seeKeys(value: JsonObject): void {
    if (this.records === 1) {
      for (const name of Object.keys(value)) this.#keys.set(name, new Set());
    }
    for (const [name, seen] of this.#keys) {
      const key = Object.hasOwn(value, name) ? value[name] : undefined;
      const fits =
        typeof key === "string" &&
        key !== "" &&
        Buffer.byteLength(key) <= longestKeyBytes &&
        !seen.has(key) &&
        seen.size < mostKeys;
      if (fits) seen.add(key);
      else this.#keys.delete(name);
    }
  }
}
