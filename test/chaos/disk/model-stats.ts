import type { Inode } from "./inode.ts";

/** What `stat` and its kin tell of an inode, as numbers or as big integers. */
export type ModelStats = Readonly<Record<string, unknown>>;

const kindBits = { file: 0o100000, folder: 0o040000 } as const;

const sizeOf = (node: Inode): number => (node.kind === "file" ? node.data.byteLength : 4096);

export function statsOf(node: Inode, asBigints: boolean): ModelStats {
  const isUnseen = node.kind === "file" && node.isUnseen;
  const known = isUnseen ? undefined : sizeOf(node);
  const mode = node.mode | kindBits[node.kind];
  const { ino, uid, gid, links: nlink } = node;
  const counts = Object.entries({ ino, uid, gid, nlink, mode });
  const times = [
    ["mtime", node.mtimeNs],
    ["ctime", node.ctimeNs],
    ["birthtime", node.birthtimeNs],
  ] as const;
  return {
    ...Object.fromEntries(counts.map(([name, n]) => [name, asBigints ? BigInt(n) : n])),
    ...Object.fromEntries(
      times.flatMap(([name, ns]) => [
        [`${name}Ms`, asBigints ? ns / 1_000_000n : Number(ns) / 1e6],
        [`${name}Ns`, ns],
        [name, new Date(Number(ns / 1_000_000n))],
      ]),
    ),
    /** Who asks for the size looks at the content, who asks for the rest does not. */
    get size() {
      const size = known ?? sizeOf(node);
      return asBigints ? BigInt(size) : size;
    },
    isFile: () => node.kind === "file",
    isDirectory: () => node.kind === "folder",
  };
}
