import { statement, type Statement } from "./statement.ts";

/** Statements by shape; the one unused for longest makes room. */
export class StatementCache {
  private readonly statements = new Map<string, Statement>();
  private readonly capacity: number;

  /** @param capacity how many shapes to keep; a shape is columns and operators, never values */
  constructor(capacity = 500) {
    this.capacity = capacity;
  }

  get size(): number {
    return this.statements.size;
  }

  /** The statement of a shape, built when it is not known. */
  of(shape: string, build: () => string): Statement {
    const known = this.statements.get(shape);
    if (known !== undefined) {
      // Moving it to the end is only worth while when something may have to go.
      if (this.statements.size >= this.capacity) {
        this.statements.delete(shape);
        this.statements.set(shape, known);
      }
      return known;
    }
    const built = statement(build());
    if (this.statements.size >= this.capacity) this.dropOldest();
    this.statements.set(shape, built);
    return built;
  }

  private dropOldest(): void {
    const { done, value } = this.statements.keys().next();
    if (done !== true) this.statements.delete(value);
  }
}
