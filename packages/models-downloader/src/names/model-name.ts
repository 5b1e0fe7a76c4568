/** The part of a name behind its last `/`; a `\` is an ordinary character, as on Linux. */
export function baseName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

/**
 * A name with what people spell differently taken out: letter case, the folder, the extension, and
 * everything that is no letter or digit.
 */
export function normalisedName(name: string): string {
  return baseName(name)
    .replace(/(?<=.)\.[A-Za-z0-9]{1,12}$/, "")
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");
}
