import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { memoryBackend, StorageError, type StorageBackend } from "@cutover/core";
import { runClause, type Clause, type ContractSubject } from "@cutover/contract-tests";
import { describe, expect, it } from "vitest";

/** A subject that remembers what it opened. */
function remembering(): { readonly subject: ContractSubject; readonly opened: StorageBackend[] } {
  const opened: StorageBackend[] = [];
  const subject: ContractSubject = {
    name: "memory",
    open: async () => {
      const backend = memoryBackend();
      opened.push(backend);
      return backend;
    },
  };
  return { subject, opened };
}

const clause = (parts: Partial<Clause>): Clause => ({
  id: "test/clause",
  title: "a clause",
  run: async () => undefined,
  ...parts,
});

describe("runClause()", () => {
  it("fails with what the clause threw, closes every store and removes the folder", async () => {
    const { subject, opened } = remembering();
    let location = "";
    const failing = clause({
      run: async (context) => {
        location = context.location;
        await context.open([]);
        throw new Error("broken promise");
      },
    });
    await expect(runClause(failing, subject)).rejects.toThrow("broken promise");
    for (const backend of opened)
      await expect(backend.info()).rejects.toMatchObject({ code: "BACKEND_CLOSED" });
    expect(await readdir(tmpdir())).not.toContain(location.split("/").at(-1));
  });

  it("runs the opposite where a capability is off", async () => {
    const ran: string[] = [];
    const needing = clause({
      needs: ({ multiProcess }) => multiProcess,
      run: async () => void ran.push("run"),
      without: async () => void ran.push("without"),
    });
    await runClause(needing, remembering().subject);
    expect(ran).toEqual(["without"]);
  });

  it("fails a clause that has no opposite to run", async () => {
    const needing = clause({ needs: ({ backup }) => backup });
    await expect(runClause(needing, remembering().subject)).rejects.toThrow("test/clause");
  });

  it("fails a clause that waits for what never comes", async () => {
    const { promise } = Promise.withResolvers<void>();
    const hanging = clause({ run: () => promise });
    const running = runClause(hanging, remembering().subject, { timeoutMs: 20 });
    await expect(running).rejects.toThrow("not finished after 20 ms");
  });

  it("fails a clause whose store cannot be closed", async () => {
    let opened = 0;
    const subject: ContractSubject = {
      name: "unclosable",
      open: async () => {
        const backend = memoryBackend();
        // The first is the one that is asked for its capabilities.
        if (opened++ > 0)
          backend.close = () => Promise.reject(new StorageError("IO_FAILED", "cannot close"));
        return backend;
      },
    };
    const passing = clause({ run: async (context) => void (await context.open([])) });
    await expect(runClause(passing, subject)).rejects.toThrow("cannot close");
  });
});
