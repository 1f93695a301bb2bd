/** Everything in a tar is a multiple of this (POSIX pax "ustar Interchange Format"). */
export const blockBytes = 512;

/** Go's archive/tar reads no larger extended header, so docker would refuse what we write beyond it. */
export const maxExtendedHeaderBytes: number = 1024 * 1024;

/** PATH_MAX of Linux: no kernel call takes a longer path or symlink target. */
export const maxPathBytes = 4096;

/** Deeper trees would need paths that only directory handles can reach; no real image comes near. */
export const maxPathDepth = 1000;

/** More than any file system stores for one file (ext4: one block; XFS: 64 KiB of names). */
export const maxXattrs = 1000;

/** XATTR_SIZE_MAX and XATTR_NAME_MAX of linux/limits.h. */
export const maxXattrBytes = 65536;
export const maxXattrNameBytes = 255;

/** Ten times the largest image seen; an index of that many takes about a gigabyte. */
export const maxEntries = 4_000_000;

/** 2^32 - 1 means "unchanged" to chown. */
export const largestId = 0xffff_fffe;

/** The kernel's device numbers: 12 and 20 bits (linux/kdev_t.h). */
export const largestDeviceMajor = 0xfff;
export const largestDeviceMinor = 0xf_ffff;
