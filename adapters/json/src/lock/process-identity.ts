import { createHash } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** Names one running process so that another one can later tell whether it still runs. */
export interface ProcessIdentity {
  /** Digest of the host name, 8 hex digits. */
  readonly host: string;
  /** Start of the kernel's boot id; `0` where there is none. */
  readonly boot: string;
  /** Number of the pid namespace; `0` where there is none. */
  readonly namespace: string;
  readonly pid: number;
  /** Start time of the process in clock ticks since boot; `0` where it cannot be read. */
  readonly started: string;
}

/** `unknown` is what cannot be judged from here: another host, another boot, another container. */
export type Liveness = "alive" | "dead" | "unknown";

let cached: ProcessIdentity | undefined;

/** The identity of this process. */
export function currentProcess(): ProcessIdentity {
  cached ??= {
    host: createHash("sha256").update(hostname()).digest("hex").slice(0, 8),
    boot: readText("/proc/sys/kernel/random/boot_id").replaceAll("-", "").slice(0, 8) || "0",
    namespace: namespaceOf("self") ?? "0",
    pid: process.pid,
    started: startOf("self")?.started ?? "0",
  };
  return cached;
}

/** Text form, fit for a file name: `host-boot-namespace-pid-started`. */
export function formatIdentity(identity: ProcessIdentity): string {
  const { host, boot, namespace, pid, started } = identity;
  return `${host}-${boot}-${namespace}-${pid}-${started}`;
}

/** @returns the identity that {@link formatIdentity} wrote, or undefined for any other text. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  const match = /^([0-9a-f]{8})-([0-9a-f]{1,8})-(\d+)-(\d+)-(\d+)$/.exec(text);
  if (match === null) return undefined;
  const [, host = "", boot = "", namespace = "", pid = "", started = ""] = match;
  return { host, boot, namespace, pid: Number(pid), started };
}

/**
 * Whether that process still runs. Pids are used again, so a process counts as alive only with
 * the same start time. Where there is no `/proc`, the pid alone decides.
 */
export function livenessOf(identity: ProcessIdentity): Liveness {
  const self = currentProcess();
  const comparable =
    identity.host === self.host &&
    identity.boot === self.boot &&
    identity.namespace === self.namespace;
  if (!comparable || identity.pid <= 0) return "unknown";
  if (identity.pid === self.pid) return identity.started === self.started ? "alive" : "dead";
  if (!pidExists(identity.pid)) return "dead";
  if (identity.started === "0") return "alive";
  const found = startOf(String(identity.pid));
  // A pid that exists but shows no start time belongs to a /proc we may not look into.
  if (found === undefined) return pidExists(identity.pid) ? "unknown" : "dead";
  // A killed process stays as a zombie until its parent collects it; it runs no more.
  return found.started === identity.started && !"ZX".includes(found.state) ? "alive" : "dead";
}

function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it exists and belongs to somebody else.
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

function startOf(pid: string): { readonly state: string; readonly started: string } | undefined {
  const text = readText(`/proc/${pid}/stat`);
  // The command's name may hold spaces and parentheses: count fields after the last one.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  const started = fields[19];
  return text === "" || !state || !started ? undefined : { state, started };
}

function namespaceOf(pid: string): string | undefined {
  try {
    return /\d+/.exec(readlinkSync(`/proc/${pid}/ns/pid`))?.[0];
  } catch {
    return undefined;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "latin1").trim();
  } catch {
    return "";
  }
}
