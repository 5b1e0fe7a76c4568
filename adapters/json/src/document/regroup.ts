import {
  buildGroup,
  groupIndexOf,
  groupRecords,
  placed,
  replaceInGroup,
  type PlacedRecord,
  type RecordGroup,
} from "./group.ts";
import { KeyIndex } from "./key-index.ts";
import type { JsonRecord } from "./record.ts";
import type { DocumentState } from "./state.ts";

/** Groups that shrink below this are joined to a neighbour, so that there are never many. */
const smallGroup = 32;

/** The outcome of an edit, by the records' order. */
export interface RecordDraft {
  /** All records of the base are gone. */
  readonly isCleared: boolean;
  /** Base records that change in place, or go (null). */
  readonly replaced: ReadonlyMap<number, JsonRecord | null>;
  /** Records before the first and behind the last of the base. */
  readonly added: ReadonlyMap<number, JsonRecord>;
  readonly byKey: ReadonlyMap<string, JsonRecord | null>;
}

const nothing = Buffer.alloc(0);

/** Groups under construction; a run of loose records becomes groups when something follows it. */
class GroupList {
  readonly groups: RecordGroup[] = [];
  #loose: PlacedRecord[] = [];

  /** Adds a group that did not change; a short run before it is joined to it. */
  keep(group: RecordGroup): void {
    const isShort = this.#loose.length > 0 && this.#loose.length < smallGroup;
    if (isShort && this.#loose.length + group.records.length <= groupRecords) {
      this.#loose.push(...placed(group));
      return;
    }
    this.#flush();
    this.groups.push(group);
  }

  /** Adds records that need groups of their own. */
  add(items: readonly PlacedRecord[]): void {
    if (this.#loose.length + items.length > groupRecords) this.#flush();
    for (const item of items) this.#loose.push(item);
  }

  finish(): readonly RecordGroup[] {
    this.#flush();
    return this.groups;
  }

  #flush(): void {
    const last = this.groups.at(-1);
    const isShort = this.#loose.length > 0 && this.#loose.length < smallGroup;
    if (last !== undefined && isShort && last.records.length + this.#loose.length <= groupRecords) {
      this.groups.pop();
      this.#loose.unshift(...placed(last));
    }
    for (let at = 0; at < this.#loose.length; at += groupRecords) {
      this.groups.push(buildGroup(this.#loose.slice(at, at + groupRecords)));
    }
    this.#loose = [];
  }
}

/** Groups in which records change, by index, and whether some of them go. */
function touchedGroups(state: DocumentState, draft: RecordDraft): Map<number, boolean> {
  const touched = new Map<number, boolean>();
  for (const [order, next] of draft.replaced) {
    const index = groupIndexOf(state.groups, order);
    touched.set(index, next === null || touched.get(index) === true);
  }
  return touched;
}

function changedItems(group: RecordGroup, draft: RecordDraft): PlacedRecord[] {
  return placed(group).flatMap(({ record, lead }) => {
    const next = draft.replaced.get(record.order);
    if (next === null) return [];
    return [{ record: next ?? record, lead }];
  });
}

function newGroups(state: DocumentState, draft: RecordDraft): readonly RecordGroup[] {
  const list = new GroupList();
  const lead = state.style.separator;
  const added = [...draft.added.values()].toSorted((one, other) => one.order - other.order);
  const items = added.map((record) => ({ record, lead }));
  const first = state.groups[0]?.records[0]?.order ?? 0;
  const before = draft.isCleared ? items.length : added.filter(({ order }) => order < first).length;
  list.add(items.slice(0, before));
  if (!draft.isCleared) {
    const touched = touchedGroups(state, draft);
    for (const [index, group] of state.groups.entries()) {
      const shrinks = touched.get(index);
      if (shrinks === true) list.add(changedItems(group, draft));
      else list.keep(shrinks === false ? replaceInGroup(group, draft.replaced) : group);
    }
  }
  list.add(items.slice(before));
  return list.finish();
}

function isUnchanged(draft: RecordDraft, state: DocumentState): boolean {
  if (draft.isCleared && state.count > 0) return false;
  return draft.replaced.size === 0 && draft.added.size === 0;
}

/** The document's state with the draft carried out; `state` itself when there is nothing to do. */
export function regroup(state: DocumentState, draft: RecordDraft): DocumentState {
  if (isUnchanged(draft, state)) return state;
  const groups = newGroups(state, draft);
  let count = 0;
  for (const group of groups) count += group.records.length;
  const opaqueCount =
    state.opaqueCount === 0
      ? 0
      : groups.reduce((sum, group) => sum + group.records.filter((one) => one.isOpaque).length, 0);
  const base = draft.isCleared ? new KeyIndex(new Map()) : state.index;
  const wasEmpty = state.count === 0;
  const { style } = state;
  return {
    ...state,
    firstGap: count === 0 ? nothing : wasEmpty ? style.firstGap : state.firstGap,
    lastGap: count === 0 ? nothing : wasEmpty ? style.lastGap : state.lastGap,
    groups,
    index: base.with(draft.byKey),
    count,
    opaqueCount,
  };
}
