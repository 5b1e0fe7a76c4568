#!/usr/bin/env node
const oldestMajor = 22;

if (Number.parseInt(process.versions.node, 10) < oldestMajor) {
  process.stderr.write(
    `models-downloader needs Node ${oldestMajor} or newer; this is Node ${process.versions.node}.\n`,
  );
  process.exitCode = 2;
} else {
  // Loaded late: what it needs cannot even be read by an older Node.
  const { main } = await import("./server/main.ts");
  process.exitCode = await main(process.argv.slice(2));
}
