import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Capabilities, CollectionDefinition, StorageBackend } from "@cutover/core";
import type { ClauseContext, OpenOptions, SecondProcess } from "./clause.ts";
import { ChildStore } from "./second-process/child-store.ts";
import type { ContractSubject, SubjectOptions } from "./subject.ts";

interface Opened {
  readonly location: string;
  readonly options: SubjectOptions;
}

const closingMs = 15_000;

/** Capabilities never change, so one store that is thrown away can be asked for all clauses. */
const known = new WeakMap<ContractSubject, Capabilities>();

async function makeFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), "cutover-clause-")));
}

async function capabilitiesOf(subject: ContractSubject): Promise<Capabilities> {
  const asked = known.get(subject);
  if (asked !== undefined) return asked;
  const folder = await makeFolder();
  try {
    const backend = await subject.open(folder, { collections: [] });
    try {
      known.set(subject, backend.capabilities);
      return backend.capabilities;
    } finally {
      await backend[Symbol.asyncDispose]();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The surroundings of one clause: a folder, the stores in it, the processes that use them. */
export class ClauseScope implements ClauseContext {
  readonly capabilities: Capabilities;
  readonly location: string;
  readonly scale: number;
  private readonly subject: ContractSubject;
  private readonly opened = new Map<StorageBackend, Opened>();
  private readonly children: ChildStore[] = [];

  private constructor(
    subject: ContractSubject,
    options: { location: string; capabilities: Capabilities; scale: number },
  ) {
    this.subject = subject;
    this.location = options.location;
    this.capabilities = options.capabilities;
    this.scale = options.scale;
  }

  /** Makes the folder, once the subject has said what it is capable of. */
  static async begin(subject: ContractSubject, scale: number): Promise<ClauseScope> {
    const capabilities = await capabilitiesOf(subject);
    return new ClauseScope(subject, { location: await makeFolder(), capabilities, scale });
  }

  get place(): string {
    return this.subject.place?.(join(this.location, "store")) ?? this.location;
  }

  private async folder(store: string): Promise<string> {
    const folder = join(this.location, store);
    await mkdir(folder, { recursive: true });
    return folder;
  }

  async open(
    collections: readonly CollectionDefinition[],
    { store = "store", ...rest }: OpenOptions = {},
  ): Promise<StorageBackend> {
    return this.openAt(await this.folder(store), { collections, ...rest });
  }

  private async openAt(location: string, options: SubjectOptions): Promise<StorageBackend> {
    const backend = await this.subject.open(location, options);
    this.opened.set(backend, { location, options });
    return backend;
  }

  async reopen(backend: StorageBackend): Promise<StorageBackend> {
    const opened = this.opened.get(backend);
    if (opened === undefined)
      throw new Error("only a store that this clause opened can be reopened");
    await backend.close();
    this.opened.delete(backend);
    return this.openAt(opened.location, opened.options);
  }

  async secondProcess(
    collections: readonly CollectionDefinition[],
    { store = "store", lockTimeoutMs }: Pick<OpenOptions, "store" | "lockTimeoutMs"> = {},
  ): Promise<SecondProcess> {
    const { module, name } = this.subject;
    if (module === undefined)
      throw new Error(`subject "${name}" needs a \`module\`: its writes outlive the process`);
    const child = new ChildStore();
    this.children.push(child);
    const location = await this.folder(store);
    await child.open({ module: module.href, location, lockTimeoutMs, collections });
    return child;
  }

  async restore(backup: string, store: string): Promise<void> {
    const { subject } = this;
    if (subject.restore === undefined)
      throw new Error(`subject "${subject.name}" needs a \`restore\`: it can make backups`);
    await subject.restore(backup, await this.folder(store));
  }

  /** Ends the processes, closes the stores, removes the folder. */
  async end(): Promise<void> {
    const ends = await Promise.allSettled([
      ...this.children.map((child) => child.kill()),
      this.closeAll(),
    ]);
    await rm(this.location, { recursive: true, force: true, maxRetries: 3 });
    for (const end of ends) if (end.status === "rejected") throw end.reason;
  }

  private async closeAll(): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`a store did not close within ${closingMs} ms`)),
      closingMs,
    );
    try {
      const closing = Promise.all([...this.opened.keys()].map((backend) => backend.close()));
      await Promise.race([closing, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}
