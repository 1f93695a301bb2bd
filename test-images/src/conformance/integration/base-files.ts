import { type BaseFile, busyboxRoot, file, link } from "../../busybox-root.ts";

/** The accounts of the busybox image that the tests were written for. */
const passwd = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
sys:x:3:3:sys:/dev:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
`;
const group = `root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
wheel:x:10:root
www-data:x:33:
users:x:100:
nobody:x:65534:
`;

/** Debian's busybox is built without this applet; the tests call it as `adduser -D NAME`. */
const adduser = `#!/bin/sh
for name; do :; done
id=1000
while grep -q "^[^:]*:[^:]*:$id:" /etc/passwd; do id=$((id + 1)); done
echo "$name:x:$id:" >> /etc/group
echo "$name:x:$id:$id::/home/$name:/bin/sh" >> /etc/passwd
mkdir -p "/home/$name" && chown "$id:$id" "/home/$name"
`;

/** A busybox as the tests expect it: all applets in /bin, the usual accounts; it stands in for alpine, too. */
export function testBase(): readonly BaseFile[] {
  const files = new Map(busyboxRoot().map((each) => [each.entry.path as string, each]));
  for (const [path, { entry }] of files) {
    const inBin = `bin/${path.slice(path.lastIndexOf("/") + 1)}`;
    if (entry.type === "symlink" && !files.has(inBin)) files.set(inBin, link(inBin, "/bin/busybox"));
  }
  files.set("etc/passwd", file("etc/passwd", passwd, 0o644));
  files.set("etc/group", file("etc/group", group, 0o644));
  files.set("bin/adduser", file("bin/adduser", adduser, 0o755));
  files.set("etc/alpine-release", file("etc/alpine-release", "3.20.0\n", 0o644));
  return [...files.values()];
}
