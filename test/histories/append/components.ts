/**
 * Groups of nodes each of which leads to all others of its group, of more than one node.
 * Tarjan's algorithm, without recursion: histories are long.
 */
export function components(count: number, next: (node: number) => readonly number[]): number[][] {
  const search = new Search(count, next);
  for (let node = 0; node < count; node += 1) search.from(node);
  return search.found;
}

class Search {
  readonly found: number[][] = [];
  readonly #next: (node: number) => readonly number[];
  readonly #index: Int32Array;
  readonly #low: Int32Array;
  readonly #isOnStack: Uint8Array;
  readonly #stack: number[] = [];
  #counter = 0;

  constructor(count: number, next: (node: number) => readonly number[]) {
    this.#next = next;
    this.#index = new Int32Array(count).fill(-1);
    this.#low = new Int32Array(count);
    this.#isOnStack = new Uint8Array(count);
  }

  from(start: number): void {
    if (this.#index[start] !== -1) return;
    const path = [this.#enter(start)];
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const to = at.rest.pop();
      if (to === undefined) {
        path.pop();
        this.#leave(at.node, path.at(-1)?.node);
      } else if (this.#index[to] === -1) path.push(this.#enter(to));
      else if (this.#isOnStack[to] === 1) this.#lower(at.node, this.#index[to] ?? 0);
    }
  }

  #enter(node: number): { readonly node: number; readonly rest: number[] } {
    this.#index[node] = this.#low[node] = this.#counter;
    this.#counter += 1;
    this.#stack.push(node);
    this.#isOnStack[node] = 1;
    return { node, rest: [...this.#next(node)] };
  }

  #leave(node: number, parent: number | undefined): void {
    if (parent !== undefined) this.#lower(parent, this.#low[node] ?? 0);
    if (this.#low[node] !== this.#index[node]) return;
    const group = this.#stack.splice(this.#stack.lastIndexOf(node));
    for (const member of group) this.#isOnStack[member] = 0;
    if (group.length > 1) this.found.push(group);
  }

  #lower(node: number, to: number): void {
    this.#low[node] = Math.min(this.#low[node] ?? 0, to);
  }
}
