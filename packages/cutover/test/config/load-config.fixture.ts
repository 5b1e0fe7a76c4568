import { describeDefinition, isStorageError } from "@cutover/core";
import { loadConfig } from "../../src/config/load-config.ts";

async function result(file: string): Promise<object> {
  try {
    const { folder, config } = await loadConfig(file);
    const collections = config.collections.map((definition) => describeDefinition(definition));
    return { folder, database: config.database, collections };
  } catch (error) {
    if (!isStorageError(error)) throw error;
    const { line, column } = error.details.position ?? {};
    return { code: error.code, message: error.message, line, column };
  }
}

const results: object[] = [];
for (const file of process.argv.slice(2)) results.push(await result(file));
console.log(JSON.stringify(results));
