// A failed install leaves the machine's own Node in charge; say so instead of failing somewhere deep.
const major = Number(process.versions.node.split(".")[0]);
const required = 22;
if (major < required) {
  console.error(
    `This workspace needs Node ${required} or newer and found ${process.version}. ` +
      "It brings its own: run `npx -y pnpm@12 install` and try again.",
  );
  process.exit(1);
}
