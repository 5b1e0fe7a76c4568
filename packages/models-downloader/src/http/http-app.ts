import { type Context, Hono } from "hono";
import type { Stores } from "../stores/stores.ts";
import type { Answer } from "./answer.ts";
import { Downloads } from "./downloads.ts";
import { failureOf } from "./failure.ts";
import type { HttpServices } from "./http-services.ts";
import { unquote } from "./percent-decoding.ts";
import { bodyObject, optionalBody } from "./request-body.ts";
import type { Call, Route } from "./route.ts";
import { routes } from "./routes.ts";
import type { StoresSource } from "./stores-source.ts";

/** Where the endpoints lie. */
export const pathPrefix = "/workflow-models";

/** What {@link httpApp} is made with. */
export interface HttpOptions {
  readonly stores: StoresSource;
  readonly services: HttpServices;
  /** Told of every request that failed, in one line without any token. Default: nothing. */
  readonly onFailure?: (line: string) => void;
  /** Downloads under way, to wait for before the stores are closed. Default: nobody waits. */
  readonly downloads?: Downloads;
}

function lastPart(url: string): string {
  const { pathname } = new URL(url);
  return unquote(pathname.slice(pathname.lastIndexOf("/") + 1));
}

function reply({ status, text }: Answer): Response {
  return new Response(text, {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
  });
}

async function answer(
  route: Route,
  context: Context,
  options: Required<Pick<HttpOptions, "downloads">> & HttpOptions,
): Promise<Answer> {
  const { services, downloads, onFailure } = options;
  let used: Stores | undefined;
  try {
    // Read before the stores are asked for: a slow client must not hold them.
    const text = route.method === "POST" ? await context.req.text() : "";
    const request: Omit<Call, "stores"> = {
      services,
      downloads,
      body: () => bodyObject(text),
      optionalBody: () => optionalBody(text),
      query: (name) => context.req.query(name) ?? "",
      lastPart: () => lastPart(context.req.url),
    };
    return await options.stores.use((stores) => {
      used = stores;
      return route.answer({ ...request, stores });
    });
  } catch (error) {
    const failure = await failureOf(error, { stores: used, lead: route.failsWith });
    onFailure?.(`${route.method} ${route.path} ${failure.answer.status} ${failure.line}`);
    return failure.answer;
  }
}

/** The endpoints as a web application, which answers requests with or without a socket. */
export function httpApp(options: HttpOptions): Hono {
  const app = new Hono();
  const { services, downloads = new Downloads(options) } = options;
  const isServed = ({ needs = [] }: Route): boolean =>
    [needs].flat().every((name) => services[name] !== undefined);
  for (const route of routes.filter(isServed))
    app.on(route.method, `${pathPrefix}${route.path}`, async (context) =>
      reply(await answer(route, context, { ...options, downloads })),
    );
  return app;
}
