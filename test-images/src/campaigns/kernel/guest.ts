import type { CpioFile } from "./cpio.ts";

/** What the guest prints before the command's exit code; the host waits for it. */
export const exitMark = "tsbuild-campaign-exit:";

/** Loaded before anything else, as nothing in the guest can ask for a module later. */
export const guestModules: readonly string[] = [
  "virtio_pci",
  "virtio_blk",
  "9pnet_virtio",
  "9p",
  "crc32c_generic",
  "ext4",
  "xfs",
  "overlay",
  "loop",
  "fuse",
  "tun",
  "binfmt_misc",
];

export interface GuestOptions {
  /** Mounted over itself from the disk, where the rest of the root is a view of the host's. */
  readonly repository: string;
  readonly command: string;
  /** root, an ordinary user with a subuid range, or one without. */
  readonly as: "root" | "range" | "single";
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
}

const text = (path: string, mode: number, content: string): CpioFile => ({
  path,
  mode,
  content: Buffer.from(content),
});

/** The init of the initramfs and the script that it starts in the real root. */
export function guestScripts(modules: Iterable<string>, options: GuestOptions): CpioFile[] {
  return [
    text("init", 0o100755, initScript(modules)),
    text("campaign", 0o100755, campaignScript(options)),
    text("command", 0o100755, `#!/bin/bash\ncd '${options.repository}' || exit 125\n${options.command}\n`),
  ];
}

/**
 * The host's root over 9p, read-only, with the disk over it: what the guest writes stays there. /tmp is the disk itself, because an
 * overlay can hold no other overlay's upper directory.
 */
function initScript(modules: Iterable<string>): string {
  return `#!/busybox sh
export PATH=/
/busybox mkdir -p /dev /proc /sys /mnt/host /mnt/disk /mnt/root
/busybox mount -t devtmpfs dev /dev
/busybox mount -t proc proc /proc
for module in ${[...modules].join(" ")}; do /busybox insmod /modules/$module.ko; done
/busybox mount -t 9p -o ro,trans=virtio,version=9p2000.L,cache=loose,msize=262144 root /mnt/host || exec /busybox poweroff -f
/busybox mount -t ext4 /dev/vda /mnt/disk || exec /busybox poweroff -f
/busybox mkdir -p /mnt/disk/upper /mnt/disk/work
/busybox mount -t overlay -o lowerdir=/mnt/host,upperdir=/mnt/disk/upper,workdir=/mnt/disk/work root /mnt/root || exec /busybox poweroff -f
/busybox mkdir -p /mnt/root/campaign
/busybox mount --move /mnt/disk /mnt/root/campaign
/busybox cp /campaign /command /mnt/root/campaign/
/busybox mount --move /dev /mnt/root/dev
/busybox mount --move /proc /mnt/root/proc
exec /busybox switch_root /mnt/root /campaign/campaign
`;
}

function campaignScript({ repository, as, path, environment }: GuestOptions): string {
  const variables = Object.entries({ PATH: path, LANG: "C.UTF-8", CI: "true", ...environment })
    .map(([name, value]) => `${name}='${value}'`)
    .join(" ");
  const run =
    as === "root"
      ? `env -i HOME=/root USER=root ${variables} /campaign/command`
      : `setpriv --reuid campaign --regid campaign --init-groups env -i HOME=/home/campaign USER=campaign LOGNAME=campaign ${variables} /campaign/command`;
  return `#!/bin/bash
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t sysfs sys /sys
mount -t cgroup2 none /sys/fs/cgroup
mkdir -p /dev/pts /dev/shm /dev/mqueue
mount -t devpts -o mode=620,ptmxmode=666,gid=5 none /dev/pts
mount -t tmpfs none /dev/shm
mount -t mqueue none /dev/mqueue
mount -t tmpfs none /run
ln -sf /proc/self/fd /dev/fd
ln -sf fd/0 /dev/stdin; ln -sf fd/1 /dev/stdout; ln -sf fd/2 /dev/stderr
chmod 666 /dev/fuse /dev/net/tun
ip link set lo up
hostname campaign
mkdir -p /campaign/tmp
chmod 1777 /campaign/tmp
mount --bind /campaign/tmp /tmp
mount --bind /campaign/tmp /var/tmp
mkdir -p '${repository}'
mount --bind /campaign/repository '${repository}'
${as === "root" ? "" : makeUser(as, repository)}
echo "kernel $(uname -r), as ${as}"
${run} </dev/null
echo "${exitMark}$?"
sync
echo o > /proc/sysrq-trigger
sleep 60
`;
}

function makeUser(as: "range" | "single", repository: string): string {
  const forget = as === "single" ? "sed -i /^campaign:/d /etc/subuid /etc/subgid" : "";
  return `useradd --create-home --shell /bin/bash campaign
${forget}
chown -R campaign: '${repository}'`;
}
