// argv: folder, number of transfers
import { fileStore } from "../../src/store/file-store.ts";
import { add } from "./counter.ts";

const [root = "", count = "0"] = process.argv.slice(2);
const store = await fileStore({ root });
for (let done = 0; done < Number(count); done += 1) {
  await store.withLock(() => add(store, { "a.json": -1, "sub/b.json": 1 }));
}
await store.close();
