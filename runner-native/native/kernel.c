/* System calls by number: the headers of an old C library know neither their names nor their structures. */
#include "helper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From number 424 on, all architectures share one table. */
enum {
  NR_OPEN_TREE = 428,
  NR_MOVE_MOUNT = 429,
  NR_FSOPEN = 430,
  NR_FSCONFIG = 431,
  NR_FSMOUNT = 432,
  NR_CLONE3 = 435,
  NR_CLOSE_RANGE = 436,
  NR_OPENAT2 = 437,
  NR_MOUNT_SETATTR = 442,
#if defined(__x86_64__)
  NR_STATX = 332,
#elif defined(__aarch64__)
  NR_STATX = 291,
#else
#error "tsbuild-helper knows x86_64 and aarch64"
#endif
};

enum { AT_EMPTY = 0x1000, AT_RECURSE = 0x8000 };
enum { FSOPEN_CLOSE_ON_EXEC = 1, FSCONFIG_FLAG = 0, FSCONFIG_STRING = 1, FSCONFIG_CREATE = 6 };
enum { MOVE_FROM_EMPTY = 0x04, MOVE_TO_EMPTY = 0x40 };
enum { CLEAR_ATIME = 0x70, CLOSE_RANGE_ON_EXEC = 4 };
enum { STATX_MOUNT_ID = 0x1000, STATX_MOUNT_ID_OFFSET = 0x90 };
/* openat2 answers EAGAIN while anything in the system is renamed; a busy machine needs many tries. */
enum { OPENAT2_TRIES = 100000 };

uint32_t disabled_features;

static pid_t clone_with_arguments(uint32_t namespaces) {
  struct {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
  } arguments = {.flags = namespaces, .exit_signal = SIGCHLD};
  return (pid_t)syscall(NR_CLONE3, &arguments, sizeof arguments);
}

pid_t clone_into(uint32_t namespaces) {
  if (!(disabled_features & DISABLE_CLONE3)) {
    pid_t pid = clone_with_arguments(namespaces);
    /* Docker's seccomp profile says ENOSYS so that callers try clone(2), whose flags it can read. */
    if (pid >= 0 || errno != ENOSYS) return pid;
  }
  return (pid_t)syscall(SYS_clone, (unsigned long)namespaces | SIGCHLD, 0, 0, 0, 0);
}

int open_beneath(int root, const char *path, uint64_t resolve) {
  if (disabled_features & DISABLE_OPENAT2) {
    errno = ENOSYS;
    return -1;
  }
  struct {
    uint64_t flags, mode, resolve;
  } how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_ROOTED | RESOLVE_NO_MAGIC | resolve};
  for (int tries = 0; tries < OPENAT2_TRIES; tries++) {
    int fd = (int)syscall(NR_OPENAT2, root, path, &how, sizeof how);
    if (fd >= 0 || errno != EAGAIN) return fd;
  }
  return -1;
}

bool new_mount_api(void) {
  if (disabled_features & DISABLE_MOUNT_API) return false;
  static int known = -1;
  if (known < 0) {
    /* mount_setattr (5.12) is the youngest call of the family: a null pointer tells EFAULT or EINVAL from ENOSYS. */
    long answer = syscall(NR_MOUNT_SETATTR, -1, "", AT_EMPTY, NULL, 0);
    known = !(answer < 0 && (errno == ENOSYS || errno == EPERM));
  }
  return known;
}

int open_path(const char *path, int flags) { return openat(AT_FDCWD, path, flags | O_PATH | O_CLOEXEC); }

int copy_tree(int directory, const char *path, bool recursive) {
  unsigned flags = OPEN_TREE_COPY | O_CLOEXEC | AT_EMPTY | (recursive ? AT_RECURSE : 0);
  return (int)syscall(NR_OPEN_TREE, directory, path, flags);
}

int set_attributes(int mount, uint32_t attributes, bool recursive) {
  struct {
    uint64_t set, clear, propagation, userns_fd;
  } change = {.set = attributes, .clear = attributes & ATTR_NOATIME ? CLEAR_ATIME : 0};
  return (int)syscall(NR_MOUNT_SETATTR, mount, "", AT_EMPTY | (recursive ? AT_RECURSE : 0), &change, sizeof change);
}

int attach_mount(int mount, int target) {
  return (int)syscall(NR_MOVE_MOUNT, mount, "", target, "", MOVE_FROM_EMPTY | MOVE_TO_EMPTY);
}

int fs_open(const char *type) { return (int)syscall(NR_FSOPEN, type, FSOPEN_CLOSE_ON_EXEC); }

int fs_string(int fs, const char *key, const char *value) {
  unsigned command = value ? FSCONFIG_STRING : FSCONFIG_FLAG;
  return (int)syscall(NR_FSCONFIG, fs, command, key, value, 0);
}

int fs_mount(int fs, uint32_t attributes) {
  if (syscall(NR_FSCONFIG, fs, FSCONFIG_CREATE, NULL, NULL, 0) < 0) return -1;
  return (int)syscall(NR_FSMOUNT, fs, FSOPEN_CLOSE_ON_EXEC, attributes);
}

uint64_t mount_id(int fd) {
  union {
    uint32_t mask;
    unsigned char bytes[256];
  } answer;
  memset(&answer, 0, sizeof answer);
  if (syscall(NR_STATX, fd, "", AT_EMPTY, STATX_MOUNT_ID, &answer) == 0 && answer.mask & STATX_MOUNT_ID) {
    uint64_t id;
    memcpy(&id, answer.bytes + STATX_MOUNT_ID_OFFSET, sizeof id);
    return id;
  }
  struct stat status;
  return fstat(fd, &status) == 0 ? status.st_dev : 0;
}

void close_on_exec_from(int first) { syscall(NR_CLOSE_RANGE, first, ~0U, CLOSE_RANGE_ON_EXEC); }

static void close_listed(int first) {
  DIR *directory = opendir("/proc/self/fd");
  if (!directory) return;
  for (struct dirent *entry; (entry = readdir(directory));) {
    int fd = atoi(entry->d_name);
    if (fd >= first && fd != dirfd(directory)) close(fd);
  }
  closedir(directory);
}

void close_from(int first) {
  bool barred = disabled_features & DISABLE_CLOSE_RANGE;
  if (barred || syscall(NR_CLOSE_RANGE, first, ~0U, 0) < 0) close_listed(first);
}
