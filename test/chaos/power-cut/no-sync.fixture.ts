// Loaded before everything else, it makes every sync of a file a promise that is not kept.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

type Done = (error: null) => void;
const later = (_fd: number, done: Done): void => void setImmediate(() => done(null));
Object.assign(fs, { fsync: later, fdatasync: later, fsyncSync: () => {}, fdatasyncSync: () => {} });
syncBuiltinESMExports();
