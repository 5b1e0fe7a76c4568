/** Hands a resource back, and closes it when the work is over. */
export type Keep = <R extends AsyncDisposable>(resource: R) => R;

/** Does work and closes all that it kept, the last one first, however the work ends. */
export async function withOpened<T>(work: (keep: Keep) => Promise<T>): Promise<T> {
  const kept: AsyncDisposable[] = [];
  try {
    return await work((resource) => {
      kept.push(resource);
      return resource;
    });
  } finally {
    for (const resource of kept.toReversed()) await resource[Symbol.asyncDispose]();
  }
}
