import { isJsonObject, type JsonObject, type JsonValue } from "@cutover/core";
import type { Hono } from "hono";
import { onTestFinished } from "vitest";
import { httpApp } from "../../src/http/http-app.ts";
import { type HttpServices, localServices } from "../../src/http/http-services.ts";
import type { Stores } from "../../src/index.ts";
import { LiveStores } from "../../src/server/live-stores.ts";
import { type Folder, type FolderContent, makeFolder, type Place } from "../folder.ts";

/** Where the stores lie while requests come in. */
export type Residence = Place | "moving";

/** What a request was answered. */
export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly json: JsonValue;
}

/** The endpoints over one folder; nothing of it uses a socket. */
export class Subject {
  readonly folder: Folder;
  /** Lines that the server would log. */
  readonly log: string[] = [];
  readonly #residence: Residence;
  readonly #services: Partial<HttpServices>;
  #live: LiveStores;
  #app: Hono;
  #now: Place;

  constructor(folder: Folder, residence: Residence, services: Partial<HttpServices> = {}) {
    this.folder = folder;
    this.#residence = residence;
    this.#services = services;
    this.#now = folder.kind;
    [this.#live, this.#app] = this.#start();
  }

  #start(): [LiveStores, Hono] {
    const open = (): Promise<Stores> => this.folder.serve();
    const stores = new LiveStores({ folder: this.folder.path, open });
    const services = localServices(this.folder.path, this.#services);
    const onFailure = (line: string): void => void this.log.push(line);
    return [stores, httpApp({ stores, services, onFailure })];
  }

  /** Ends the server and starts another one, as after a restart of ComfyUI. */
  async restart(): Promise<void> {
    await this.#live.close();
    [this.#live, this.#app] = this.#start();
  }

  async close(): Promise<void> {
    await this.#live.close();
  }

  /** Moves the data to the other store: a migration under the running server, a rollback without. */
  async move(): Promise<void> {
    if (this.#now === "json") {
      const { outcome } = await this.folder.migrate();
      if (outcome !== "migrated") throw new Error(`the folder was not migrated: ${outcome}`);
      this.#now = "sqlite";
      return;
    }
    await this.#live.close();
    const outcome = await this.folder.rollback();
    if (outcome !== "rolled-back") throw new Error(`the folder was not rolled back: ${outcome}`);
    this.#now = "json";
    [this.#live, this.#app] = this.#start();
  }

  /** Leaves the data in JSON files, whatever it was served from. */
  async settleInFiles(): Promise<void> {
    if (this.#now === "sqlite") return this.move();
    if (this.#now === "postgres") await this.folder.copy("to the files");
    return this.restart();
  }

  use<T>(work: (stores: Stores) => Promise<T>): Promise<T> {
    return this.#live.use(work);
  }

  async #request(path: string, init?: RequestInit): Promise<Reply> {
    if (this.#residence === "moving") await this.move();
    const response = await this.#app.request(`/workflow-models${path}`, init);
    const text = await response.text();
    const json: JsonValue = response.headers.get("content-type")?.includes("json")
      ? JSON.parse(text)
      : null;
    return { status: response.status, text, json };
  }

  get(path: string): Promise<Reply> {
    return this.#request(path);
  }

  /** @param body - JSON, or text that is sent as it is; none where it is left out */
  post(path: string, body?: JsonObject | string): Promise<Reply> {
    if (body === undefined) return this.#request(path, { method: "POST" });
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return this.#request(path, { method: "POST", body: text });
  }

  /** What a GET answers, which must be an object. */
  async object(path: string): Promise<JsonObject> {
    return objectIn(await this.get(path));
  }
}

/** The object that a request was answered. */
export function objectIn({ json, text }: Reply): JsonObject {
  if (isJsonObject(json)) return json;
  throw new Error(`no object was answered: ${text.slice(0, 200)}`);
}

/** A member that is an object. */
export function objectAt(value: JsonObject, member: string): JsonObject {
  const found = value[member];
  if (isJsonObject(found)) return found;
  throw new Error(`"${member}" is no object`);
}

/** Makes a folder with this content and the endpoints over it; both go when the test ends. */
export async function openSubject(
  residence: Residence,
  content: FolderContent = {},
  services: Partial<HttpServices> = {},
): Promise<Subject> {
  const folder = await makeFolder(residence === "moving" ? "json" : residence, content);
  const subject = new Subject(folder, residence, services);
  onTestFinished(() => subject.close());
  return subject;
}
