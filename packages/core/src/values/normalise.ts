import { StorageError } from "../errors/storage-error.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** Deepest nesting of arrays and objects a value may have. */
export const maxDepth = 512;

type Trail = (string | number)[];

/** Writes a trail of members and indexes as a path such as `$.models[3]["a b"]`. */
export function formatPath(trail: readonly (string | number)[]): string {
  let path = "$";
  for (const step of trail) {
    if (typeof step === "number") path += `[${step}]`;
    else path += /^[A-Za-z_][A-Za-z0-9_]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
  }
  return path;
}

function refuse(trail: Trail, what: string): never {
  throw new StorageError("INVALID_VALUE", `${formatPath(trail)} ${what}`);
}

/** What is wrong with a string, or undefined when it may be stored. */
export function textProblem(text: string): string | undefined {
  if (!text.isWellFormed()) return "has a lone surrogate, which is not text";
  if (text.includes("\0")) return "has a NUL character";
  return undefined;
}

function checkText(text: string, trail: Trail, step?: string): string {
  const problem = textProblem(text);
  if (problem !== undefined) refuse(step === undefined ? trail : [...trail, step], problem);
  return text;
}

function normaliseNumber(value: number, trail: Trail): number {
  if (!Number.isFinite(value)) refuse(trail, `is ${value}, which JSON cannot express`);
  // JSON keeps the sign of zero, most databases do not: one zero for all.
  return value === 0 ? 0 : value;
}

function describe(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? `an instance of ${name}` : "not a plain object";
}

function normaliseArray(value: readonly unknown[], trail: Trail): JsonValue {
  const copy: JsonValue[] = [];
  for (let index = 0; index < value.length; index++) {
    trail.push(index);
    copy.push(normalise(value[index], trail));
    trail.pop();
  }
  return copy;
}

/** True where somebody has given all objects a member that `for in` lists. */
function isPolluted(): boolean {
  // oxlint-disable-next-line typescript/no-unused-vars, no-unreachable-loop, guard-for-in
  for (const _member in Object.prototype) return true;
  return false;
}

function normaliseObject(value: object, trail: Trail): JsonValue {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    refuse(trail, `is ${describe(value)}; store a plain object`);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) refuse(trail, "has a symbol as a member");
  // Spreading copies the shape at once; only what is not stored as it is needs a second look.
  const copy: Record<string, unknown> = { ...value };
  const polluted = isPolluted();
  const familiar = familiarNames(trail.length);
  let place = 0;
  let dropped = false;
  // `for in` reads each member by its place, which is several times as fast as reading it by its name.
  for (const member in copy) {
    if (polluted && !Object.hasOwn(copy, member)) continue;
    const item = copy[member];
    if (item === undefined) {
      dropped = true;
      continue;
    }
    if (member !== familiar[place]) checkName(member, trail, { familiar, place });
    place++;
    if (typeof item === "string") checkText(item, trail, member);
    else {
      trail.push(member);
      const kept = normalise(item, trail);
      trail.pop();
      if (!Object.is(kept, item)) setMember(copy, member, kept);
    }
  }
  return dropped ? withoutUndefined(copy) : asNormalised(copy);
}

/** By depth: the names of the object that was looked at last. The next one usually has the same. */
const namesByDepth: readonly string[][] = Array.from({ length: 8 }, () => []);
const mostFamiliar = 64;
const longestFamiliar = 64;

function familiarNames(depth: number): string[] {
  return namesByDepth[depth] ?? [];
}

function checkName(
  member: string,
  trail: Trail,
  { familiar, place }: { readonly familiar: string[]; readonly place: number },
): void {
  checkText(member, trail, member);
  if (place < mostFamiliar && member.length <= longestFamiliar) familiar[place] = member;
}

function withoutUndefined(copy: Record<string, unknown>): JsonValue {
  const kept: Record<string, unknown> = {};
  for (const [member, item] of Object.entries(copy)) {
    if (item !== undefined) setMember(kept, member, item);
  }
  return asNormalised(kept);
}

/** Every member has been looked at; the type cannot follow that. */
function asNormalised(copy: Record<string, unknown>): JsonValue {
  return copy as JsonObject; // oxlint-disable-line typescript/no-unsafe-type-assertion
}

/** Sets an own member, also one called `__proto__`, which plain assignment would not create. */
export function setMember<T>(target: Record<string, T>, member: string, value: T): void {
  if (member === "__proto__") {
    Object.defineProperty(target, member, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else target[member] = value;
}

function normaliseContainer(value: object, trail: Trail): JsonValue {
  // A cycle has no end, so it always runs into this bound.
  if (trail.length >= maxDepth) refuse(trail, `is nested deeper than ${maxDepth}, or is a cycle`);
  return Array.isArray(value) ? normaliseArray(value, trail) : normaliseObject(value, trail);
}

function normalise(value: unknown, trail: Trail): JsonValue {
  switch (typeof value) {
    case "string":
      return checkText(value, trail);
    case "number":
      return normaliseNumber(value, trail);
    case "boolean":
      return value;
    case "object":
      return value === null ? null : normaliseContainer(value, trail);
    default:
      return refuse(trail, `is ${typeof value}, which JSON cannot express`);
  }
}

/**
 * Copies a value into the form every adapter sees: `-0` becomes `0`, members that are `undefined`
 * are dropped, everything else is kept as it is, member order included.
 *
 * @returns a copy that shares nothing with `value`
 * @throws StorageError INVALID_VALUE with the path of the first offender: ill-formed text, NUL,
 *   NaN, infinities, anything that is not plain JSON, `undefined` at top level or in an array,
 *   nesting deeper than {@link maxDepth}
 */
export function normaliseValue(value: unknown): JsonValue {
  return normalise(value, []);
}

function cloneContainer(value: object): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => cloneValue(item));
  // Spreading copies the shape at once; only members that are containers need a second look.
  const copy: Record<string, JsonValue> = { ...value };
  for (const member in copy) {
    const item = copy[member];
    if (typeof item === "object" && item !== null) setMember(copy, member, cloneContainer(item));
  }
  return copy;
}

/** Copies a value that is known to be a JSON value. */
export function cloneValue(value: JsonValue): JsonValue {
  return typeof value === "object" && value !== null ? cloneContainer(value) : value;
}
