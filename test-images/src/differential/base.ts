import { type BaseFile, busyboxRoot, file } from "../busybox-root.ts";

const passwd = `root:x:0:0:root:/root:/bin/sh
app:x:1000:1001:app:/home/app:/bin/sh
nobody:x:65534:65534:nobody:/:/bin/false
`;
const group = `root:x:0:
staff:x:50:app
app:x:1001:
nobody:x:65534:
`;

/** Where builders mount their own things: there beforehand, so that stubs made for them are seen only by the cases that look for them. */
const mountPoints = ["proc", "sys", "run", "home/app"];
const mountedFiles = ["etc/hosts", "etc/resolv.conf", "etc/hostname"];

/** The base of all cases: busybox, two accounts, and every file that builders mount over. */
export function differentialBase(): readonly BaseFile[] {
  const root = busyboxRoot();
  const example = root.find(({ entry }) => entry.path === "etc")!;
  const made = [
    ...mountPoints.map((path) => ({
      ...example,
      entry: { ...example.entry, path: file(path, "", 0o755).entry.path },
    })),
    ...mountedFiles.map((path) => file(path, "", 0o644)),
    file("etc/passwd", passwd, 0o644),
    file("etc/group", group, 0o644),
  ];
  const replaced = new Set(made.map(({ entry }) => entry.path));
  return [...root.filter(({ entry }) => !replaced.has(entry.path)), ...made];
}
