// Runs one migration or rollback and kills itself, as kill -9 does, at a named point.
import { migrate } from "../../src/migration/migrate.ts";
import { rollback } from "../../src/migration/rollback.ts";
import type { AtPoint } from "../../src/migration/migration-point.ts";
import { targetIn } from "./scene.ts";

const [verb, folder = "", deadly, nth = "1"] = process.argv.slice(2);
let seen = 0;
const atPoint: AtPoint = (point) => {
  if (point !== deadly) return;
  seen += 1;
  if (seen === Number(nth)) process.kill(process.pid, "SIGKILL");
};
const target = targetIn(folder);
if (verb === "migrate") await migrate(target, { atPoint });
else await rollback(target, { atPoint });
