import assert from "node:assert/strict";
import {
  defineCollection,
  errorCodes,
  integer,
  isStorageError,
  text,
  type ErrorCode,
  type StorageBackend,
} from "@cutover/core";
import type { Clause, Topic } from "../clause.ts";
import { accounts } from "../proof/collections.ts";
import { rejection, throwsWith } from "../proof/rejection.ts";
import { untyped } from "../proof/trusted.ts";

const secret = "s3cr3t-value";

interface Failure {
  readonly code: ErrorCode;
  readonly operation: string;
  readonly call: (backend: StorageBackend) => Promise<unknown>;
}

const failures: readonly Failure[] = [
  {
    code: "ALREADY_EXISTS",
    operation: "insert",
    call: (backend) => backend.collection(accounts).insert("a", { note: secret }),
  },
  {
    code: "ALREADY_EXISTS",
    operation: "put",
    call: (backend) => backend.collection(accounts).put("b", { email: secret }),
  },
  {
    code: "ALREADY_EXISTS",
    operation: "putMany",
    call: (backend) => backend.collection(accounts).putMany([["b", { email: secret }]]),
  },
  {
    code: "VERSION_CONFLICT",
    operation: "put",
    call: (backend) => backend.collection(accounts).put("a", { note: secret }, { ifVersion: "no" }),
  },
  {
    code: "INVALID_VALUE",
    operation: "put",
    call: (backend) =>
      backend.collection(accounts).put("a", { note: secret, email: `${secret}\ud800` }),
  },
  {
    code: "INVALID_VALUE",
    operation: "patch",
    call: (backend) => backend.collection(accounts).patch("a", untyped(secret)),
  },
  {
    code: "INVALID_QUERY",
    operation: "find",
    call: (backend) => backend.collection(accounts).find({ where: { slot: secret } }),
  },
  {
    code: "INVALID_KEY",
    operation: "get",
    call: (backend) => backend.collection(accounts).get(""),
  },
];

/** What goes wrong, and how it is said. */
export const errors: Topic = {
  name: "errors",
  law: "Every error is a StorageError with a code out of a closed table, which says what it means, what to do and whether trying again helps; it names the backend and the operation. Messages hold no values of records. An error is never turned into absence.",
  unproven:
    "How the errors of disks, drivers and networks are named: the adapters' own tests make them happen.",
  clauses: [
    {
      id: "errors/shape",
      title: "an error names its code, its operation and its backend, and says whether to retry",
      run: async (context) => {
        const backend = await context.open([accounts]);
        await backend.collection(accounts).put("a", { email: secret });
        for (const { code, operation, call } of failures) {
          const error = await rejection(call(backend), operation);
          assert.ok(isStorageError(error, code), `${operation}: ${String(error)} is not ${code}`);
          assert.equal(error.operation, operation);
          assert.equal(error.backend, backend.kind);
          assert.equal(error.retry, errorCodes[code].retry);
          assert.equal(error.name, "StorageError");
        }
      },
    },
    {
      id: "errors/inside",
      title: "errors inside a transaction say the same",
      run: async (context) => {
        const backend = await context.open([accounts]);
        await backend.collection(accounts).put("a", { email: secret });
        const failing = backend.transaction((tx) => tx.collection(accounts).insert("a", {}));
        const error = await rejection(failing);
        assert.ok(isStorageError(error, "ALREADY_EXISTS"));
        assert.equal(error.operation, "insert");
        assert.equal(error.backend, backend.kind);
        assert.equal(error.details.constraint, "key");
      },
    },
    {
      id: "errors/no-values",
      title: "no message repeats a value of a record",
      run: async (context) => {
        const backend = await context.open([accounts]);
        await backend.collection(accounts).put("a", { email: secret, note: secret });
        for (const { call, operation } of failures) {
          const error = await rejection(call(backend), operation);
          assert.ok(error instanceof Error);
          assert.ok(!error.message.includes(secret), `${operation}: ${error.message}`);
          const said = isStorageError(error) ? JSON.stringify({ ...error.details, cause: "" }) : "";
          assert.ok(!said.includes(secret), `${operation}: ${said}`);
        }
      },
    },
    {
      id: "errors/definitions",
      title: "two definitions of one collection are CONFIG_INVALID, two equal ones are one",
      run: async (context) => {
        const options = { name: "defined", fields: { a: text() } } as const;
        const definition = defineCollection(options);
        const backend = await context.open([definition]);
        await backend.collection(definition).put("k", { a: "x" });
        const equal = backend.collection(defineCollection({ ...options }));
        assert.deepEqual(await equal.get("k"), { a: "x" });
        const others = [
          defineCollection({ name: "defined" }),
          defineCollection({ name: "defined", fields: { a: integer() } }),
          defineCollection({ ...options, unique: ["a"] }),
          defineCollection({ ...options, order: "prepend" }),
        ];
        for (const other of others) {
          throwsWith("CONFIG_INVALID", () => backend.collection(other));
          const inside = backend.transaction(async (tx) => tx.collection(other).count());
          assert.ok(isStorageError(await rejection(inside), "CONFIG_INVALID"));
        }
      },
    },
    {
      id: "errors/usable-after",
      title: "after an error the backend works as before",
      run: async (context) => {
        const backend = await context.open([accounts]);
        const collection = backend.collection(accounts);
        await collection.put("a", { email: secret });
        for (const { call } of failures) {
          await rejection(call(backend));
          await collection.put("next", { note: 1 });
          assert.equal(await collection.count(), 2);
          assert.equal(
            await backend.transaction((tx) => tx.collection(accounts).delete("next")),
            true,
          );
        }
      },
    },
  ] satisfies readonly Clause[],
};
