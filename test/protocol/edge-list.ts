/** Edges of a graph whose nodes are numbers; grows as needed. */
export class EdgeList {
  private from: Int32Array = new Int32Array(1 << 16);
  private to: Int32Array = new Int32Array(1 << 16);
  private used = 0;

  get length(): number {
    return this.used;
  }

  add(from: number, to: number): void {
    if (this.used === this.from.length) {
      this.from = EdgeList.doubled(this.from);
      this.to = EdgeList.doubled(this.to);
    }
    this.from[this.used] = from;
    this.to[this.used] = to;
    this.used += 1;
  }

  private static doubled(list: Int32Array): Int32Array {
    const longer = new Int32Array(list.length * 2);
    longer.set(list);
    return longer;
  }

  /** 1 for each node from which one of the goals can be reached. */
  reaching(nodes: number, goals: readonly number[]): Uint8Array {
    const { starts, sources } = this.reversed(nodes);
    const reached = new Uint8Array(nodes);
    const stack = [...goals];
    for (const goal of goals) reached[goal] = 1;
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      for (let edge = starts[node] ?? 0; edge < (starts[node + 1] ?? 0); edge += 1) {
        const source = sources[edge] ?? 0;
        if (reached[source] === 1) continue;
        reached[source] = 1;
        stack.push(source);
      }
    }
    return reached;
  }

  /** The sources of each node's edges, one node after the other. */
  private reversed(nodes: number): { starts: Int32Array; sources: Int32Array } {
    const starts = new Int32Array(nodes + 1);
    const count = (node: number, by: number): number => (starts[node] = (starts[node] ?? 0) + by);
    for (let edge = 0; edge < this.used; edge += 1) count(this.to[edge] ?? 0, 1);
    for (let node = 1; node <= nodes; node += 1) count(node, starts[node - 1] ?? 0);
    const sources = new Int32Array(this.used);
    for (let edge = 0; edge < this.used; edge += 1)
      sources[count(this.to[edge] ?? 0, -1)] = this.from[edge] ?? 0;
    return { starts, sources };
  }
}
