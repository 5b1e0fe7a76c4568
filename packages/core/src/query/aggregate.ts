import type { Field } from "../definition/field.ts";
import { fieldInstant, fieldScalar } from "../definition/member.ts";
import { bucketOf, type Bucket } from "../definition/timestamp.ts";
import { compareScalar, type Scalar } from "../values/compare.ts";
import type { JsonValue } from "../values/json.ts";
import type { KeyedValue } from "./select.ts";

/** What a group is formed by: a field's value, or the date bucket of a timestamp. */
export interface GroupTerm {
  readonly field: Field;
  readonly bucket: Bucket | undefined;
}

/** A checked aggregation, as adapters get it. */
export interface AggregatePlan {
  readonly groupBy: readonly GroupTerm[];
  readonly sum: readonly Field[];
  readonly avg: readonly Field[];
  readonly min: readonly Field[];
  readonly max: readonly Field[];
}

/** One group's figures. Members that were not asked for are empty objects. */
export interface AggregateRow {
  /** The group's values by member; null gathers what is absent, null or misfit. */
  readonly group: Readonly<Record<string, Scalar | null>>;
  readonly count: number;
  /** Sums; 0 where there is nothing to add. */
  readonly sum: Readonly<Record<string, number>>;
  /** Averages; null where there is nothing to average. */
  readonly avg: Readonly<Record<string, number | null>>;
  readonly min: Readonly<Record<string, Scalar | null>>;
  readonly max: Readonly<Record<string, Scalar | null>>;
}

/** Adds up with Neumaier's compensation, so that the order of records does not show. */
class Sum {
  count = 0;
  private total = 0;
  private lost = 0;

  add(value: number): void {
    const next = this.total + value;
    this.lost +=
      Math.abs(this.total) >= Math.abs(value)
        ? this.total - next + value
        : value - next + this.total;
    this.total = next;
    this.count++;
  }

  get value(): number {
    return this.total + this.lost;
  }
}

function groupValue(term: GroupTerm, record: KeyedValue): Scalar | null {
  if (term.bucket === undefined) return fieldScalar(term.field, record.key, record.value);
  const instant = fieldInstant(term.field, record.value);
  return instant === undefined ? null : bucketOf(term.bucket, instant);
}

class Group {
  readonly values: readonly (Scalar | null)[];
  private readonly plan: AggregatePlan;
  private readonly sums = new Map<Field, Sum>();
  private readonly lowest = new Map<Field, Scalar>();
  private readonly highest = new Map<Field, Scalar>();
  private count = 0;

  constructor(plan: AggregatePlan, values: readonly (Scalar | null)[]) {
    this.plan = plan;
    this.values = values;
    for (const field of [...plan.sum, ...plan.avg]) this.sums.set(field, new Sum());
  }

  add(key: string, value: JsonValue): void {
    this.count++;
    for (const [field, sum] of this.sums) {
      const found = fieldScalar(field, key, value);
      if (typeof found === "number") sum.add(found);
    }
    for (const field of this.plan.min)
      this.keep(this.lowest, field, fieldScalar(field, key, value), -1);
    for (const field of this.plan.max)
      this.keep(this.highest, field, fieldScalar(field, key, value), 1);
  }

  private keep(kept: Map<Field, Scalar>, field: Field, found: Scalar | null, sign: 1 | -1): void {
    if (found === null) return;
    const best = kept.get(field);
    if (best === undefined || compareScalar(found, best) * sign > 0) kept.set(field, found);
  }

  row(): AggregateRow {
    const { plan } = this;
    const average = (field: Field): number | null => {
      const sum = this.sums.get(field);
      return sum === undefined || sum.count === 0 ? null : sum.value / sum.count;
    };
    return {
      group: Object.fromEntries(
        plan.groupBy.map((term, index) => [term.field.member, this.values[index] ?? null]),
      ),
      count: this.count,
      sum: Object.fromEntries(
        plan.sum.map((field) => [field.member, this.sums.get(field)?.value ?? 0]),
      ),
      avg: Object.fromEntries(plan.avg.map((field) => [field.member, average(field)])),
      min: Object.fromEntries(
        plan.min.map((field) => [field.member, this.lowest.get(field) ?? null]),
      ),
      max: Object.fromEntries(
        plan.max.map((field) => [field.member, this.highest.get(field) ?? null]),
      ),
    };
  }
}

function compareGroups(left: Group, right: Group): number {
  for (const [index, value] of left.values.entries()) {
    const result = compareScalar(value, right.values[index] ?? null);
    if (result !== 0) return result;
  }
  return 0;
}

/**
 * Aggregates records that a selection has found. Groups come in ascending order of their values,
 * null first. Without groups there is exactly one row.
 */
export function aggregateFrom(records: Iterable<KeyedValue>, plan: AggregatePlan): AggregateRow[] {
  const groups = new Map<string, Group>();
  if (plan.groupBy.length === 0) groups.set("[]", new Group(plan, []));
  for (const record of records) {
    const values = plan.groupBy.map((term) => groupValue(term, record));
    const name = JSON.stringify(values);
    let group = groups.get(name);
    if (group === undefined) groups.set(name, (group = new Group(plan, values)));
    group.add(record.key, record.value);
  }
  return [...groups.values()].toSorted(compareGroups).map((group) => group.row());
}
