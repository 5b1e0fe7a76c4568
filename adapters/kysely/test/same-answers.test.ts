import { sqliteBackend } from "@cutover/kysely/sqlite";
import { Folder } from "./folder.ts";
import { sameAnswers } from "./same-answers.ts";

sameAnswers({
  open: async (clock) => {
    const folder = new Folder();
    const backend = sqliteBackend({ path: folder.file(), clock, synchronous: "normal" });
    const close = async (): Promise<void> => {
      await backend.close();
      folder[Symbol.dispose]();
    };
    return { backend, close };
  },
});
