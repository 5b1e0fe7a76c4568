import type { ContractSubject, OpenSubject } from "../subject.ts";
import type { Mutant } from "./mutant.ts";
import { mutants } from "./mutants.ts";
import { trusted } from "../proof/trusted.ts";

/** The module that a second process imports instead of the subject's own. */
function spoiledModule(module: URL, mutant: Mutant): URL {
  const spoiled = new URL(
    `./spoiled-module${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`,
    import.meta.url,
  );
  spoiled.searchParams.set("module", module.href);
  spoiled.searchParams.set("mutant", mutant.name);
  return spoiled;
}

/** A subject with a fault, in this process and in every other that a clause starts. */
export function spoiledSubject(subject: ContractSubject, mutant: Mutant): ContractSubject {
  const spoiled = mutant.spoil(subject);
  const { module } = subject;
  return module === undefined ? spoiled : { ...spoiled, module: spoiledModule(module, mutant) };
}

/** The mutant of that name. @throws Error when there is none */
export function mutantNamed(name: string): Mutant {
  const mutant = mutants.find((one) => one.name === name);
  if (mutant === undefined) throw new Error(`there is no mutant "${name}"`);
  return mutant;
}

/** What `spoiled-module` exports, from the parameters of its own address. */
export function spoiledOpen(address: string): OpenSubject {
  const { searchParams } = new URL(address);
  const mutant = mutantNamed(searchParams.get("mutant") ?? "");
  return async (location, options) => {
    const whole = trusted<{ readonly open: OpenSubject }>(
      await import(searchParams.get("module") ?? ""),
    );
    return mutant.spoil({ name: "spoiled", open: whole.open }).open(location, options);
  };
}
