import { inspectFolder } from "../../src/inspect/inspect-folder.ts";

const { files } = await inspectFolder(process.argv[2] ?? "");
console.log(JSON.stringify(files.map(({ file, kind, records }) => ({ file, kind, records }))));
