import { InMemoryProvider, OpenFeature, type Client } from "@openfeature/server-sdk";

/** What an operator would set in the flag service: one team's models are to be served by SQLite. */
const wishes: Readonly<Record<string, string>> = { "assets/models": "live" };

/** The flag service of this example, which lies in memory; put your own provider in its place. */
export async function flagClient(): Promise<Client> {
  const provider = new InMemoryProvider({
    "cutover-stage": {
      variants: { nothing: "", live: "live" },
      defaultVariant: "nothing",
      disabled: false,
      contextEvaluator: ({ targetingKey = "" }) => wishes[targetingKey] ?? "nothing",
    },
  });
  await OpenFeature.setProviderAndWait(provider);
  return OpenFeature.getClient("cutover");
}
