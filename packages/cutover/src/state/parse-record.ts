import { isJsonObject, StorageError, type JsonObject, type JsonValue } from "@cutover/core";
import { hops } from "../hop/hop.ts";
import { recordFormat, type MigrationRecord } from "./migration-record.ts";
import { readPlacedJson, type TextPlace } from "./placed-json.ts";

type Test = (value: JsonValue) => boolean;

const isText: Test = (value) => typeof value === "string" && value !== "";
const isCount: Test = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isHop: Test = (value) =>
  isJsonObject(value) && hops.some(({ from, to }) => value["from"] === from && value["to"] === to);
const isInstant: Test = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));
const isRelative: Test = (value) =>
  typeof value === "string" &&
  value !== "" &&
  !/^[/\\]|^[A-Za-z]:|\\|\0|(^|\/)\.{1,2}(\/|$)|\/\//.test(value);

interface Rule {
  readonly test: Test;
  readonly wanted: string;
  readonly optional?: boolean;
}

type Rules = Readonly<Record<string, Rule>>;

const recordRules: Rules = {
  backend: {
    test: (value) => value === "json" || value === "sqlite" || value === "cutover",
    wanted: '"json", "sqlite" or "cutover"',
  },
  epoch: { test: (value) => isCount(value) && value !== 0, wanted: "a whole number from 1" },
  database: { test: isRelative, wanted: "a path inside the data folder" },
  configDigest: { test: isText, wanted: "text", optional: true },
  units: { test: Array.isArray, wanted: "an array", optional: true },
  control: { test: isText, wanted: "text", optional: true },
  hop: { test: isHop, wanted: "a hop that there is", optional: true },
  former: { test: (value) => isJsonObject(value), wanted: "an object", optional: true },
  originals: { test: Array.isArray, wanted: "an array" },
  steps: { test: Array.isArray, wanted: "an array" },
};

const originalRules: Rules = {
  file: { test: isRelative, wanted: "a path inside the data folder" },
  sha256: {
    test: (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value),
    wanted: "64 lower-case hex digits",
  },
  sizeBytes: { test: isCount, wanted: "a whole number from 0" },
  mtime: { test: isInstant, wanted: "an ISO 8601 time", optional: true },
};

const unitRules: Rules = {
  name: { test: isText, wanted: "text" },
  collections: {
    test: (value) => Array.isArray(value) && value.length > 0 && value.every(isText),
    wanted: "names of collections",
  },
};

const formerRules: Rules = {
  backend: {
    test: (value) => value === "sqlite" || value === "cutover",
    wanted: '"sqlite" or "cutover"',
  },
  units: { test: Array.isArray, wanted: "an array", optional: true },
  control: { test: isText, wanted: "text", optional: true },
};

const stepRules: Rules = {
  at: { test: isInstant, wanted: "an ISO 8601 time" },
  action: { test: isText, wanted: "text" },
};

/** Thrown inside this module only; becomes an error with a position. */
class Broken extends Error {
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

function checkObject(value: JsonValue | undefined, path: string, rules: Rules): JsonObject {
  if (!isJsonObject(value)) throw new Broken(path, "an object is expected here");
  for (const [member, rule] of Object.entries(rules)) {
    const found = value[member];
    if (found === undefined) {
      if (rule.optional === true) continue;
      throw new Broken(path, `the member \`${member}\` is missing (${rule.wanted})`);
    }
    if (!rule.test(found)) throw new Broken(`${path}.${member}`, `expected ${rule.wanted}`);
  }
  return value;
}

function checkEach(value: JsonValue | undefined, path: string, rules: Rules): void {
  if (!Array.isArray(value)) return;
  value.forEach((item, index) => checkObject(item, `${path}[${index}]`, rules));
}

function isRecord(value: JsonObject): value is JsonObject & MigrationRecord {
  checkObject(value, "$", recordRules);
  checkEach(value["units"], "$.units", unitRules);
  const { former } = value;
  if (former !== undefined) {
    checkEach(checkObject(former, "$.former", formerRules)["units"], "$.former.units", unitRules);
  }
  checkEach(value["originals"], "$.originals", originalRules);
  checkEach(value["steps"], "$.steps", stepRules);
  return true;
}

function corrupt(file: string, path: string, found: TextPlace & { message: string }): StorageError {
  const { offset, line, column, message } = found;
  return new StorageError(
    "CORRUPT_DATA",
    `the migration record ${file} is damaged: line ${line}, column ${column} (${path}): ${message}. ` +
      "It says which store holds the data, so nothing is served until it is mended: correct that " +
      "place, or copy the newest file of .cutover/history over it",
    { position: { file, offset, line, column, path } },
  );
}

/** The format is looked at before all else: a newer one may look different in any other way. */
function checkFormat(file: string, value: JsonValue): void {
  const format = isJsonObject(value) ? value["format"] : undefined;
  if (typeof format === "number" && Number.isSafeInteger(format) && format > recordFormat) {
    throw new StorageError(
      "FORMAT_TOO_NEW",
      `the migration record ${file} has format ${format}, and this version of cutover knows ` +
        `${recordFormat}; upgrade cutover to at least the version that wrote it`,
    );
  }
  if (!isJsonObject(value)) throw new Broken("$", "an object is expected here");
  if (format !== 1 && format !== 2 && format !== recordFormat) {
    throw new Broken("$.format", `expected 1, 2 or ${recordFormat}`);
  }
}

/**
 * Reads the text of a migration record and checks every member of it.
 * @throws StorageError CORRUPT_DATA with the position, FORMAT_TOO_NEW
 */
export function parseRecord(file: string, text: string): MigrationRecord {
  const read = readPlacedJson(text);
  if (read.fault !== undefined) throw corrupt(file, "$", read.fault);
  const { value, placeOf } = read;
  try {
    checkFormat(file, value);
    if (isJsonObject(value) && isRecord(value)) return value;
    throw new Broken("$", "an object is expected here");
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    throw corrupt(file, error.path, { ...placeOf(error.path), message: error.message });
  }
}
