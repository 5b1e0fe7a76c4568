import type { SqlValue } from "../sql/statement.ts";

const special = /[\\\n\r\t]/g;
const written: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

function field(cell: SqlValue): string {
  if (cell === null) return "\\N";
  if (typeof cell === "number") return String(cell);
  return cell.replaceAll(special, (character) => written.get(character) ?? character);
}

/** A row as `COPY … FROM STDIN` reads it, in the text format. */
export function copyLine(cells: readonly SqlValue[]): string {
  let line = "";
  for (let index = 0; index < cells.length; index++)
    line += (index === 0 ? "" : "\t") + field(cells[index] ?? null);
  return `${line}\n`;
}

const dataKind = 0x64;
const headerBytes = 5;
const lengthBytes = 4;

/** Lines as a message of the protocol. */
export function copyData(lines: string): Buffer {
  const bytes = Buffer.byteLength(lines);
  const message = Buffer.allocUnsafe(headerBytes + bytes);
  message.writeUInt8(dataKind, 0);
  message.writeInt32BE(lengthBytes + bytes, 1);
  message.write(lines, headerBytes);
  return message;
}

/** Says that no lines follow. */
export function copyDone(): Buffer {
  return Buffer.from([0x63, 0, 0, 0, lengthBytes]);
}
