/** A URL as it may be shown: without user, password, query and fragment, which carry signatures and tokens. */
export function redactUrl(url: URL): string {
  const query = url.search === "" ? "" : "?…";
  return `${url.protocol}//${url.host}${url.pathname}${query}`;
}
