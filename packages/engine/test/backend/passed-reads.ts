import type { DriverReads } from "@cutover/core";

/** Reads that are answered by another. */
export class PassedReads<Inner extends DriverReads> implements DriverReads {
  protected readonly inner: Inner;

  constructor(inner: Inner) {
    this.inner = inner;
  }

  get(...call: Parameters<DriverReads["get"]>): ReturnType<DriverReads["get"]> {
    return this.inner.get(...call);
  }

  getMany(...call: Parameters<DriverReads["getMany"]>): ReturnType<DriverReads["getMany"]> {
    return this.inner.getMany(...call);
  }

  select(...call: Parameters<DriverReads["select"]>): ReturnType<DriverReads["select"]> {
    return this.inner.select(...call);
  }

  count(...call: Parameters<DriverReads["count"]>): ReturnType<DriverReads["count"]> {
    return this.inner.count(...call);
  }

  aggregate(...call: Parameters<DriverReads["aggregate"]>): ReturnType<DriverReads["aggregate"]> {
    return this.inner.aggregate(...call);
  }
}
