import type { FieldDeclaration, FieldKind, TimestampForm } from "@cutover/core";
import { formatAmount } from "../output/quantity.ts";
import type { MemberStats } from "./member-stats.ts";

/** A field for a member, and what does not fit it. */
export interface FieldProposal {
  readonly field: FieldDeclaration | undefined;
  readonly notes: readonly string[];
}

/** A member is declared as what so large a share of its values is. */
const enough = 0.95;

/** A number is a moment only where the name says so, too. */
const soundsLikeTime =
  /(^|[_-])(at|on|time|date|timestamp|mtime|ctime|last|seen|used|expires?|expiry|created|updated|modified|since|until)($|[_-])|(At|On|Time|Date|Timestamp|Used|Seen)$|^(last|time|date)/;

function timeOf(name: string, stats: MemberStats): TimestampForm | undefined {
  for (const [form, count] of stats.forms) {
    const isText = form === "iso-utc" || form === "iso-local";
    if (count >= enough * stats.valued && (isText || soundsLikeTime.test(name))) return form;
  }
  return undefined;
}

function shares(stats: MemberStats): [FieldKind, number][] {
  const { kinds } = stats;
  const whole = kinds.get("integer") ?? 0;
  const broken = kinds.get("real") ?? 0;
  const numbers: [FieldKind, number] = broken > 0 ? ["real", whole + broken] : ["integer", whole];
  const others = (["text", "boolean", "json"] as const).map((kind): [FieldKind, number] => [
    kind,
    kinds.get(kind) ?? 0,
  ]);
  return [numbers, ...others].toSorted((one, other) => other[1] - one[1]);
}

function misfits(name: string, kind: string, count: number): string[] {
  if (count === 0) return [];
  const verb = count === 1 ? "is" : "are";
  return [
    `\`${name}\`: ${formatAmount(count, "value")} ${verb} no ${kind}; they are kept, and filters do not see them`,
  ];
}

/** Chooses a kind for a member, by what its values are. */
export function proposeField(name: string, stats: MemberStats): FieldProposal {
  const { valued } = stats;
  if (valued === 0) {
    return { field: undefined, notes: [`\`${name}\` is null throughout, so its kind is unknown`] };
  }
  const as = timeOf(name, stats);
  if (as !== undefined) {
    const count = stats.forms.get(as) ?? 0;
    return { field: { kind: "timestamp", as }, notes: misfits(name, `${as} time`, valued - count) };
  }
  const ranked = shares(stats);
  const [kind, count] = ranked[0] ?? ["json", 0];
  if (count >= enough * valued)
    return { field: { kind }, notes: misfits(name, kind, valued - count) };
  const mixture = ranked
    .filter(([, seen]) => seen > 0)
    .map(([seen, times]) => `${formatAmount(times, "value")} ${seen}`)
    .join(", ");
  return {
    field: { kind: "json" },
    notes: [`\`${name}\` is of mixed kinds (${mixture}), so it was declared as json`],
  };
}
