import { postgresBackend } from "@cutover/kysely/postgres";
import { describe, expect, it } from "vitest";
import { addressesOf } from "../../src/postgres/hosts/addresses.ts";
import { WritableHost, type HostState } from "../../src/postgres/hosts/writable-host.ts";

describe("an address", () => {
  it.each([
    [
      "postgres://u:p@one:5432,two:5433/db?ssl=1",
      ["u:p@one:5432/db?ssl=1", "u:p@two:5433/db?ssl=1"],
    ],
    ["postgresql://one,two", ["one", "two"]],
    ["postgres://u:a,b@one/db", ["u:a,b@one/db"]],
    ["postgres://u:p@[::1]:5432,two/db", ["u:p@[::1]:5432/db", "u:p@two/db"]],
    ["postgres:///db?host=/run/a", ["/db?host=/run/a"]],
  ])("%s names each of its servers", (text, expected) => {
    const scheme = text.slice(0, text.indexOf("//") + 2);
    expect(addressesOf(text)).toEqual(expected.map((rest) => scheme + rest));
  });

  it.each([
    "user:secret@host/db",
    "secret",
    "https://user:secret@host/db",
    "host=one password=secret",
  ])("that has another form is refused, and nothing of it is shown: %s", (address) => {
    expect(() => postgresBackend({ connectionString: address })).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.not.stringContaining("secret"),
      }),
    );
  });

  it("with an empty server is refused, and its password is not shown", () => {
    expect(() => addressesOf("postgres://u:secret@one,,two/db")).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.not.stringContaining("secret"),
      }),
    );
  });
});

type Servers = Record<string, HostState | Error>;
const primary = (timeline: number): HostState => ({ isStandby: false, timeline });
const standby: HostState = { isStandby: true, timeline: 0 };
const refused = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });

function hostOf(servers: Servers): WritableHost {
  return new WritableHost({
    addresses: Object.keys(servers),
    ask: async (address) => {
      const answer = servers[address];
      if (answer === undefined || answer instanceof Error) throw answer ?? refused;
      return answer;
    },
    timeoutMs: 300,
    location: "postgres://one,two/db",
  });
}

describe("the primary of several servers", () => {
  it("is the one that is no standby, and stays so until somebody says otherwise", async () => {
    const servers: Servers = { one: standby, two: primary(1) };
    const host = hostOf(servers);
    expect(await host.address()).toBe("two");
    Object.assign(servers, { one: primary(2), two: refused });
    expect(await host.address()).toBe("two");
    host.forget("two");
    expect(await host.address()).toBe("one");
  });

  it("is the one that was promoted last, where an old one came back", async () => {
    expect(await hostOf({ one: primary(1), two: primary(2) }).address()).toBe("two");
  });

  it("is never one that was promoted before the one that was known", async () => {
    const servers: Servers = { one: primary(1), two: primary(2) };
    const host = hostOf(servers);
    await host.address();
    host.forget("two");
    servers["two"] = refused;
    await expect(host.address()).rejects.toMatchObject({ code: "CONNECTION_LOST" });
  });

  it("is waited for while there is none", async () => {
    const servers: Servers = { one: refused, two: standby };
    const host = hostOf(servers);
    const address = host.address();
    servers["two"] = primary(2);
    expect(await address).toBe("two");
  });

  it("is not waited for where no server lets us in", async () => {
    const wrong = Object.assign(new Error("password"), { code: "28P01" });
    await expect(hostOf({ one: wrong, two: wrong }).address()).rejects.toBe(wrong);
  });
});
