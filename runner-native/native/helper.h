/* tsbuild-helper: runs one process in fresh namespaces. Shared declarations; the story starts in tsbuild-helper.c. */
#ifndef TSBUILD_HELPER_H
#define TSBUILD_HELPER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* ---- The spec: what the control descriptor sends (src/runtimes/encode.ts writes the same numbers). ---- */

enum op {
  OP_NAMESPACES = 1,      /* u32 CLONE_NEW* bits */
  OP_JOIN_NETWORK,        /* path of a network namespace to run in */
  OP_UID_MAP,             /* lines for /proc/PID/uid_map */
  OP_GID_MAP,
  OP_ROOT_DIRECTORY,      /* path */
  OP_ROOT_OVERLAY,        /* strings: options, upper, work, lower (topmost first)... */
  OP_ROOT_READONLY,
  OP_ATTACH_ROOT,         /* path: mount the root there and stay in the host's root */
  OP_MOUNT,               /* u32 flags, u32 attributes, strings: type, target, source, data; of an overlay
                             also options, upper, work, lower... */
  OP_MASK,                /* path in the container */
  OP_READONLY,            /* path in the container */
  OP_HOSTNAME,
  OP_RLIMIT,              /* u32 resource, u64 soft, u64 hard */
  OP_IDENTITY,            /* u32 uid, gid, umask, then supplementary groups */
  OP_CAPABILITIES,        /* u64 bounding, effective, permitted, inheritable, ambient */
  OP_NO_NEW_PRIVILEGES,
  OP_ENVIRONMENT,         /* strings */
  OP_ARGUMENTS,           /* strings */
  OP_DIRECTORY,           /* the working directory */
  OP_DISABLE,             /* u32 DISABLE_* bits: kernel features to do without */
  OP_ALLOW_DEVICES,       /* the container may open every device: nothing of it is made nodev */
  OP_DEVICE,              /* u32 mode with type, major, minor, uid, gid, path: a node to be made */
  OP_CGROUPS,             /* directories of cgroups to run in; removed at the end when the starter is gone */
  OP_MAKE_DIRECTORY,      /* u32 uid, gid, path: made before anything is mounted, where it is missing */
};

enum { DISABLE_CLONE3 = 1, DISABLE_OPENAT2 = 2, DISABLE_MOUNT_API = 4, DISABLE_LOWERDIR = 8, DISABLE_CLOSE_RANGE = 16 };

/* MOUNT_DEVICE: the source is a node of the host, and may be opened. */
enum { MOUNT_RECURSIVE = 1, MOUNT_ON_HOST = 2, MOUNT_STUB_ONLY = 4, MOUNT_DEVICE = 8 };

/* mount_setattr(2) attributes, used in the spec as well. */
enum { ATTR_RDONLY = 1, ATTR_NOSUID = 2, ATTR_NODEV = 4, ATTR_NOEXEC = 8, ATTR_NOATIME = 0x10 };

struct overlay_spec {
  const char *options, *upper, *work;
  const char **lower;
  size_t lower_count;
};

/* `lower` is empty unless `type` is "overlay"; its options then stand in `overlay`, not in `data`. */
struct mount_spec {
  uint32_t flags, attributes;
  const char *type, *target, *source, *data;
  struct overlay_spec overlay;
};

struct device_spec {
  uint32_t mode, major, minor, uid, gid;
  const char *path;
};

/* `path` is NULL when there is none to be made. */
struct directory_spec {
  uint32_t uid, gid;
  const char *path;
};

struct limit_spec {
  uint32_t resource;
  uint64_t soft, hard;
};

struct spec {
  uint32_t namespaces, disabled;
  const char *join_network, *uid_map, *gid_map;
  const char *root_directory, *attach_root, *hostname, *directory;
  struct overlay_spec overlay;
  bool root_readonly, no_new_privileges, has_capabilities, allows_devices;
  struct mount_spec *mounts;
  size_t mount_count;
  const char **masked, **readonly;
  size_t masked_count, readonly_count;
  struct device_spec *devices;
  size_t device_count;
  struct directory_spec made;
  const char **cgroups;
  struct limit_spec *limits;
  size_t limit_count;
  uint32_t uid, gid, umask;
  gid_t *groups;
  size_t group_count;
  uint64_t bounding, effective, permitted, inheritable, ambient;
  const char **environment, **arguments;
};

/* spec.c: reads and checks it; fails on anything it does not know. */
struct spec *read_spec(int fd);

/* ---- report.c: what goes back. ---- */

enum report { REPORT_PID = 1, REPORT_ERROR, REPORT_STUB, REPORT_EXIT };

/* Where reports go; -1 writes errors to stderr as text (the unshare command). */
extern int report_fd;
void report_pid(pid_t pid);
void report_stub(const char *path, bool directory, int64_t seconds, uint32_t nanoseconds);
void report_exit(int wait_status, const void *usage);
/* Reports errno with the stage and the path, then ends this process. */
_Noreturn void fail(const char *stage, const char *path);
_Noreturn void fail_with(int error, const char *stage, const char *path);

/* ---- kernel.c: system calls newer than the C library's headers, each with its off switch. ---- */

enum {
  OPEN_TREE_COPY = 1,
  RESOLVE_NO_MAGIC = 0x02,
  RESOLVE_NO_LINKS = 0x04,
  RESOLVE_ROOTED = 0x10,
};

extern uint32_t disabled_features;
/* Like fork(2), into new namespaces. */
pid_t clone_into(uint32_t namespaces);
int open_beneath(int root, const char *path, uint64_t resolve);
int copy_tree(int directory, const char *path, bool recursive);
int set_attributes(int mount, uint32_t attributes, bool recursive);
int attach_mount(int mount, int target);
int fs_open(const char *type);
int fs_string(int fs, const char *key, const char *value);
int fs_mount(int fs, uint32_t attributes);
bool new_mount_api(void);
/* open(2) that closes on exec, in one call (musl makes two). */
int open_path(const char *path, int flags);
/* The number that tells mounts apart, or the device where the kernel has none. */
uint64_t mount_id(int fd);
void close_from(int first);
/* A second net: everything here is opened close-on-exec anyway. */
void close_on_exec_from(int first);

/* ---- the container's parts ---- */

/* resolve.c: opens (O_PATH) a path as the container will see it, links resolved inside `root`. */
enum create { CREATE_NOTHING, CREATE_FILE, CREATE_DIRECTORY };
int resolve(int root, const char *path, enum create create);
/* Makes a directory and its parents where they are missing: they are the owner's, and no stubs. */
void make_directory(int root, const struct directory_spec *directory);

/* overlay.c, mounts.c, devices.c, root.c: each fails by itself unless it says otherwise */
int mount_root(const struct spec *spec);
/* A detached overlay; -1 where the kernel has no way to make one, and old_overlay has to do. */
int make_overlay(const struct overlay_spec *overlay, uint32_t attributes);
void old_overlay(const struct overlay_spec *overlay, uint32_t attributes, int target);
/* What every mount of the container gets: ATTR_NODEV, or nothing where it may open devices. */
extern uint32_t forced_attributes;
void place_mount(int root, const struct mount_spec *mount);
int place_filesystem(int root, const struct mount_spec *mount);
/* A mount point: where it is, for people and for the old calls, and opened. */
struct point {
  int root;
  const char *path;
  int fd;
};
void bind_over(const struct point *point, int source, uint32_t attributes, bool recursive);
/* old-mounts.c */
void old_bind(const struct point *point, int source, uint32_t attributes, bool recursive);
void add_flags(int root, const char *path, uint32_t attributes);
unsigned long mount_flags(uint32_t attributes);
int old_filesystem(const struct mount_spec *mount, int point);
void populate_dev(int root);
void make_devices(int root, const struct spec *spec);
int open_host_null(void);
void mask_paths(int root, const struct spec *spec);
void enter_root(int root, const struct spec *spec);

/* process.c: identity, limits, working directory; then the command. */
_Noreturn void become_command(const struct spec *spec);
_Noreturn void execute(const char **arguments, const char **environment);

/* cgroup.c: before anything else the container does; after everything. */
void join_cgroups(const struct spec *spec);
void remove_cgroups(const struct spec *spec);

/* user.c */
int unshare_main(int argc, char **argv);
void write_id_maps(pid_t pid, const struct spec *spec);

#endif
