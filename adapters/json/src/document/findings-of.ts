import { type DocumentFinding, findingMessages } from "./finding.ts";
import { type PathFrame, pathTo, renderPath, stringEnd } from "./path.ts";
import { LineTracker, moveOrigin, startOfFile } from "./position.ts";
import type { JsonRecord } from "./record.ts";
import type { DocumentState } from "./state.ts";

/** The containers around a record, for telling the path of what is inside it. */
export function framesAround(
  layout: DocumentState["layout"],
  recordIndex: number,
): readonly PathFrame[] {
  const frames: PathFrame[] = layout.at.map((step) => ({ isArray: false, step }));
  const isArray = layout.shape === "array";
  frames.push({ isArray, step: isArray ? recordIndex : undefined });
  return frames;
}

/** The findings of one record, which stands at `at` in the tracker's window. */
export function recordFindings(
  record: JsonRecord,
  place: {
    readonly file: string;
    readonly at: number;
    readonly frames: readonly PathFrame[];
    readonly tracker: LineTracker;
  },
): DocumentFinding[] {
  const { item, lead, flaws } = record;
  return flaws
    .toSorted((one, other) => one.offset - other.offset)
    .map(({ code, offset }) => {
      // Up to the value at least, so that the path names the record even where its key is at fault;
      // and over the name that is at fault inside the value.
      const end = code === "duplicate-member" ? stringEnd(item, offset, item.length) : offset;
      const range = { from: 0, to: Math.max(end, lead.length) };
      const path = renderPath(pathTo(item, range, place.frames));
      const position = place.tracker.position(place.file, place.at + offset, path);
      return { code, message: findingMessages[code], position };
    });
}

/** The findings of a document, or of the one record `only`, with their places in its bytes. */
export function findingsOf(state: DocumentState, only?: JsonRecord): DocumentFinding[] {
  const findings: DocumentFinding[] = [];
  if (state.opaqueCount === 0) return findings;
  let origin = moveOrigin(startOfFile(state.head), state.head);
  origin = moveOrigin(origin, state.firstGap);
  let index = 0;
  for (const [number, group] of state.groups.entries()) {
    if (number > 0) origin = moveOrigin(origin, group.lead);
    const tracker = new LineTracker(group.bytes, origin);
    for (const [inGroup, record] of group.records.entries()) {
      const isWanted = only === undefined || only.order === record.order;
      if (record.isOpaque && isWanted) {
        const frames = framesAround(state.layout, index + inGroup);
        const at = group.starts[inGroup] ?? 0;
        findings.push(...recordFindings(record, { file: state.file, at, frames, tracker }));
      }
    }
    if (only !== undefined && findings.length > 0) return findings;
    index += group.records.length;
    origin = moveOrigin(origin, group.bytes);
  }
  return findings;
}
