import type { BuildRequest } from "../../request.ts";

/**
 * The Authorization header that a build's secrets give a URL, as BuildKit reads them: `HTTP_AUTH_HEADER_<host>` is the whole header,
 * `HTTP_AUTH_TOKEN_<host>` a bearer token, which wins. The host is without its port.
 */
export function authorizationFor(
  url: string,
  secrets: NonNullable<BuildRequest["secrets"]>,
): string | undefined {
  const host = URL.parse(url)?.hostname;
  const read = (name: string): string | undefined => {
    const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
    return secret && Buffer.from(secret()).toString("utf8").trim();
  };
  const token = read(`HTTP_AUTH_TOKEN_${host}`);
  return token === undefined ? read(`HTTP_AUTH_HEADER_${host}`) : `Bearer ${token}`;
}

const imfFixdate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const rfc850 = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const asctime = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** A date in one of HTTP's three forms (RFC 9110, 5.6.7), in seconds since 1970; undefined for anything else. */
export function httpSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const isDate = imfFixdate.test(text) || rfc850.test(text) || asctime.test(text);
  const milliseconds = isDate ? Date.parse(asctime.test(text) ? `${text} GMT` : text) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}
