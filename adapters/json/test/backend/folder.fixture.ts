import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { CollectionDefinition, JsonValue, StorageBackend } from "@cutover/core";
import { jsonBackend, type JsonBackendOptions } from "@cutover/json";

/** A fresh data folder that goes with the test. */
export class DataFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), "cutover-json-"));

  constructor() {
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }));
  }

  write(file: string, content: string | Uint8Array): void {
    const path = join(this.path, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  read(file: string): string {
    return readFileSync(join(this.path, file), "utf8");
  }

  /** Everything in the folder, at any depth. */
  names(): string[] {
    return readdirSync(this.path, { recursive: true, encoding: "utf8" });
  }

  bytes(file: string): Buffer {
    return readFileSync(join(this.path, file));
  }

  async open<V extends JsonValue>(
    definition: CollectionDefinition<V>,
    options: Partial<JsonBackendOptions> = {},
  ): Promise<{ backend: StorageBackend; collection: ReturnType<StorageBackend["collection"]> }> {
    const backend = await jsonBackend({ folder: this.path, ...options });
    onTestFinished(() => backend.close());
    return { backend, collection: backend.collection<JsonValue>(definition) };
  }
}
