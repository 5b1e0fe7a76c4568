import { StorageError } from "@cutover/core";

/** Scheme, user and password, hosts, and the rest of an address of one or several servers. */
const parts = /^(postgres(?:ql)?:\/\/)((?:[^/?#]*@)?)([^/?#@]+)(.*)$/i;

/**
 * The addresses of the servers that a connection string names, such as
 * `postgres://user:password@one:5432,two:5432/database`, each as a string of its own.
 *
 * @returns the string itself where it names one server, or none
 * @throws StorageError CONFIG_INVALID where a host is missing between commas
 */
export function addressesOf(connectionString: string): readonly string[] {
  const [, scheme = "", user = "", hosts = "", rest = ""] = parts.exec(connectionString) ?? [];
  if (!hosts.includes(",")) return [connectionString];
  const names = hosts.split(",").map((host) => host.trim());
  // The text may hold a password, so it is not shown.
  if (names.includes(""))
    throw new StorageError(
      "CONFIG_INVALID",
      "the connectionString names several servers, and one of them is empty; it is postgres://user:password@one:5432,two:5432/database",
    );
  return names.map((host) => scheme + user + host + rest);
}
