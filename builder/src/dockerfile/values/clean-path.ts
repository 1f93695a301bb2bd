/** A path without empty, `.` and needless `..` components (Go's `path.Clean`); "" gives ".". */
export function cleanPath(path: string): string {
  const rooted = path.startsWith("/");
  const kept: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== "..") kept.pop();
    else if (!rooted) kept.push("..");
  }
  const joined = kept.join("/");
  if (rooted) return `/${joined}`;
  return joined === "" ? "." : joined;
}

/** Where WORKDIR `next` leads from `current`: absolute and clean. */
export function joinWorkdir(current: string, next: string): string {
  return cleanPath(next.startsWith("/") ? next : `/${current}/${next}`);
}

/** The last component, as Go's `path.Base`: "/" of the root and "." of nothing. */
export function baseName(path: string): string {
  if (path === "") return ".";
  let end = path.length;
  while (end > 0 && path.charAt(end - 1) === "/") end--;
  return end === 0 ? "/" : path.slice(path.lastIndexOf("/", end - 1) + 1, end);
}
