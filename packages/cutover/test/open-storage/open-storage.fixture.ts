import { openStorage } from "../../src/open-storage.ts";

const storage = await openStorage({ argv: process.argv.slice(2) });
const { kind, location, collections } = await storage.info();
process.send?.({ kind, location, collections: collections.map((collection) => collection.name) });
await storage.close();
