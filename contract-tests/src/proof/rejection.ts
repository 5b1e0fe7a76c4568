import assert from "node:assert/strict";
import {
  isStorageError,
  type Collection,
  type ErrorCode,
  type JsonValue,
  type StorageError,
} from "@cutover/core";

/** The error a promise rejects with; what it resolved to otherwise is a broken promise. */
export async function rejection(promise: Promise<unknown>, what = "the call"): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  return assert.fail(`${what} resolved and should have rejected`);
}

/** Asserts that a call rejects with a code. @returns the error */
export async function rejectsWith(
  code: ErrorCode,
  promise: Promise<unknown>,
  what = "the call",
): Promise<StorageError> {
  const error = await rejection(promise, what);
  if (isStorageError(error, code)) return error;
  const found = isStorageError(error) ? error.code : String(error);
  return assert.fail(`${what} should have rejected with ${code}, and did with ${found}`);
}

/** Asserts that a function throws a code at once. */
export function throwsWith(code: ErrorCode, call: () => unknown, what = "the call"): StorageError {
  try {
    call();
  } catch (error) {
    if (isStorageError(error, code)) return error;
    assert.fail(`${what} should have thrown ${code}, and threw ${String(error)}`);
  }
  return assert.fail(`${what} should have thrown ${code}`);
}

/** Asserts that a call rejects with a code and that the collection is as it was. */
export async function refusedUnchanged<V extends JsonValue>(
  collection: Collection<V>,
  code: ErrorCode,
  call: () => Promise<unknown>,
  what = "the call",
): Promise<StorageError> {
  const before = JSON.stringify(await collection.find());
  const error = await rejectsWith(code, call(), what);
  assert.equal(JSON.stringify(await collection.find()), before, `${what} changed something`);
  return error;
}
