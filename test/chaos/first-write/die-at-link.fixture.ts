// Loaded before everything else, it lets the process die where it would make its first link.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

Object.assign(fs, { linkSync: () => process.kill(process.pid, "SIGKILL") });
syncBuiltinESMExports();
