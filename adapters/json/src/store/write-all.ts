import { writev as writevCallback, writevSync } from "node:fs";
import { promisify } from "node:util";

const writevAsync = promisify(writevCallback);

/** IOV_MAX of Linux and macOS. */
const mostBuffers = 1024;
/** One call writes at most about 2 GiB. */
const mostBytes = 1 << 30;
/** Copying this much into the page cache costs less than the hop to the thread pool. */
const synchronousBytes = 1 << 18;

/** Writes all buffers in order from the file's start; a call may take less than it was given. */
export async function writeAll(fd: number, buffers: readonly Uint8Array[]): Promise<void> {
  const content = buffers.filter((buffer) => buffer.byteLength > 0);
  const sizeBytes = content.reduce((sum, { byteLength }) => sum + byteLength, 0);
  let next = 0;
  let skip = 0;
  let position = 0;
  while (next < content.length) {
    const batch = batchFrom(content, next, skip);
    const bytesWritten =
      sizeBytes <= synchronousBytes
        ? writevSync(fd, batch, position)
        : (await writevAsync(fd, batch, position)).bytesWritten;
    if (bytesWritten === 0) throw new Error("the file system took no bytes and gave no error");
    position += bytesWritten;
    let taken = bytesWritten + skip;
    skip = 0;
    for (let buffer = content[next]; buffer !== undefined; buffer = content[next]) {
      if (taken < buffer.byteLength) {
        skip = taken;
        break;
      }
      taken -= buffer.byteLength;
      next += 1;
      if (taken === 0) break;
    }
  }
}

function batchFrom(content: readonly Uint8Array[], from: number, skip: number): Uint8Array[] {
  const batch: Uint8Array[] = [];
  let bytes = 0;
  for (let index = from; index < content.length && batch.length < mostBuffers; index += 1) {
    const buffer = content[index];
    if (buffer === undefined || bytes >= mostBytes) break;
    const rest = index === from && skip > 0 ? buffer.subarray(skip) : buffer;
    const piece = rest.byteLength > mostBytes ? rest.subarray(0, mostBytes) : rest;
    batch.push(piece);
    bytes += piece.byteLength;
  }
  return batch;
}
