import type { Connection } from "./connection.ts";
import { registryError } from "./errors.ts";
import { readBody } from "./http/body.ts";
import type { HttpReply } from "./http/exchange.ts";
import { redactUrl } from "./http/redact.ts";
import { replyError } from "./reply-error.ts";

const pageSize = 1000;
const maxPages = 200;
const maxPageBytes = 4 * 1024 * 1024;

/** The tags of a repository, in the registry's order. @throws IMAGE_NOT_FOUND */
export async function listTags(connection: Connection, path: string, signal: AbortSignal): Promise<string[]> {
  const tags: string[] = [];
  let target = `/v2/${path}/tags/list?n=${pageSize}`;
  for (let page = 0; page < maxPages; page += 1) {
    const reply = await connection.send({
      method: "GET",
      target,
      scopes: [`repository:${path}:pull`],
      signal,
    });
    const { host } = connection.registry;
    if (reply.status !== 200)
      throw await replyError(
        reply,
        { host, thing: `${connection.registry.domain}/${path}`, missing: "IMAGE_NOT_FOUND" },
        signal,
      );
    tags.push(...readTags(await readBody(reply, maxPageBytes, signal), reply.url));
    const next = nextPage(reply);
    if (next === undefined) return tags;
    target = next;
  }
  throw registryError("REGISTRY_PROTOCOL", `${connection.registry.host} lists tags without end`);
}

/** The target of `rel="next"` in a Link header (RFC 8288), undefined when there is none. Never throws. */
export function parseNextLink(header: string): string | undefined {
  let at = 0;
  while (at < header.length) {
    const open = header.indexOf("<", at);
    const close = header.indexOf(">", open);
    if (open < 0 || close < 0) return undefined;
    const following = header.indexOf("<", close);
    const parameters = header.slice(close + 1, following < 0 ? header.length : following).toLowerCase();
    if (parameters.includes('rel="next"') || /;[ \t]{0,8}rel=next(?![a-z0-9])/.test(parameters))
      return header.slice(open + 1, close);
    at = close + 1;
  }
  return undefined;
}

/** A page is a path of the registry itself; anything else is not followed. */
function nextPage({ headers, url }: HttpReply): string | undefined {
  const link = headers["link"];
  const next = typeof link === "string" ? parseNextLink(link) : undefined;
  const target = next === undefined ? null : URL.parse(next, url.href);
  if (target === null || target.origin !== url.origin) return undefined;
  return target.pathname + target.search;
}

function readTags(bytes: Buffer, url: URL): string[] {
  let page: unknown;
  try {
    page = JSON.parse(bytes.toString("utf8"));
  } catch {
    page = undefined;
  }
  const tags = (page as { tags?: unknown } | null | undefined)?.tags;
  // A repository without tags has null there.
  if (tags === null) return [];
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return tags;
  throw registryError("REGISTRY_PROTOCOL", `${redactUrl(url)} answered without a list of tags`);
}
