import type { FileOutline, MemberOutline } from "./file-outline.ts";

/** How records lie in a file. */
export interface FileShape {
  readonly kind: "map" | "settings" | "array" | "wrapper";
  readonly shape: "object" | "array";
  readonly at: readonly string[];
  readonly notes: readonly string[];
}

/** A file in which no records can be made out. */
export interface Unshaped {
  readonly kind: "none";
  readonly notes: readonly string[];
}

/** A document with more members at its top holds its records there. */
const mostWrapperMembers = 16;
const wrapperShare = 0.5;
const fewestInnerRecords = 3;

const total = (inside: MemberOutline["inside"]): number =>
  inside.object + inside.array + inside.scalar;

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

/** Whether a member looks like a collection of its own: many values of one kind, no scalars. */
function holdsRecords(member: MemberOutline): boolean {
  const { kind, inside } = member;
  if (kind === "array") return inside.object > 0 && inside.object === total(inside);
  const most = Math.max(inside.object, inside.array);
  return kind === "object" && most === total(inside) && most >= fewestInnerRecords;
}

function wrapped({ members }: FileOutline): MemberOutline | undefined {
  if (members.length === 0 || members.length > mostWrapperMembers) return undefined;
  const largest = members.reduce((one, other) => (other.sizeBytes > one.sizeBytes ? other : one));
  const all = members.reduce((sum, member) => sum + member.sizeBytes, 0);
  if (largest.sizeBytes < wrapperShare * all || !holdsRecords(largest)) return undefined;
  const others = members.filter((member) => member !== largest);
  // A map of records holds objects only; something else beside the records gives a wrapper away.
  const isAlone = others.length === 0 && largest.kind === "array";
  return isAlone || others.some((member) => member.kind !== "object") ? largest : undefined;
}

function wrapperShape(outline: FileOutline, inner: MemberOutline): FileShape {
  const others = outline.members.filter((member) => member !== inner);
  const note = `\`${inner.name}\` holds the records; ${quoted(others.map((other) => other.name))} ${others.length === 1 ? "stays" : "stay"} in the file and ${others.length === 1 ? "is no record" : "are no records"}`;
  const shape = inner.kind === "array" ? "array" : "object";
  return { kind: "wrapper", shape, at: [inner.name], notes: others.length === 0 ? [] : [note] };
}

function nestedMaps({ members, inside }: FileOutline): string[] {
  const maps = members.filter((member) => member.kind === "object" && holdsRecords(member));
  const isAll = maps.length === members.length && members.length === total(inside);
  if (maps.length < 2 || !isAll || members.length > mostWrapperMembers) return [];
  return [
    `maps inside a map: each of ${quoted(maps.map((map) => map.name))} was taken for one record; ` +
      "if each is a collection of its own, define one per member with `file: { path, at: [member] }`",
  ];
}

/** Decides where in a file the records lie, from what it looks like. */
export function shapeOf(outline: FileOutline): FileShape | Unshaped {
  const { kind, inside } = outline;
  if (kind === "blank") return { kind: "none", notes: ["the file is empty, which is no JSON"] };
  if (kind === "scalar") {
    return { kind: "none", notes: ["the file holds a single value and no records"] };
  }
  if (kind === "array") {
    const notes = inside.object === 0 && total(inside) > 0 ? ["an array without objects"] : [];
    if (notes.length > 0) return { kind: "none", notes };
    return { kind: "array", shape: "array", at: [], notes };
  }
  const inner = wrapped(outline);
  if (inner !== undefined) return wrapperShape(outline, inner);
  const isMap = total(inside) > 0 && inside.object >= total(inside) / 2;
  if (isMap) return { kind: "map", shape: "object", at: [], notes: nestedMaps(outline) };
  return { kind: "settings", shape: "object", at: [], notes: [] };
}
