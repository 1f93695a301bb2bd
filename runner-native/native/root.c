/* The last steps around the root: what is hidden, what is read-only, and the change into it. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void cover_file(int root, const char *path) {
  /* The host's /dev/null, checked: the container's may be a link (CVE-2025-31133). */
  static int null_node = -1;
  if (null_node < 0) null_node = open_host_null();
  place_bind(root, null_node, path, ATTR_RDONLY | ATTR_NOSUID | ATTR_NOEXEC, false);
}

/* One empty read-only tmpfs covers all masked directories. */
static void cover_directory(int root, const char *path) {
  static int cover = -1;
  if (cover >= 0) {
    place_bind(root, cover, path, ATTR_RDONLY, false);
    return;
  }
  struct mount_spec empty = {.type = "tmpfs", .target = path, .source = "", .data = "size=4k,mode=0555"};
  empty.attributes = ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC;
  if (place_filesystem(root, &empty) < 0) fail("mask", path);
  cover = resolve(root, path, CREATE_NOTHING);
}

static void mask(int root, const char *path) {
  int fd = resolve(root, path, CREATE_NOTHING);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)) return;
  struct stat status;
  if (fd < 0 || fstat(fd, &status) < 0) fail("mask", path);
  close(fd);
  if (S_ISDIR(status.st_mode)) cover_directory(root, path);
  else cover_file(root, path);
}

static void make_readonly(int root, const char *path) {
  int fd = resolve(root, path, CREATE_NOTHING);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return;
  if (fd < 0) fail("read-only path", path);
  place_bind(root, fd, path, ATTR_RDONLY, true);
  close(fd);
}

void mask_paths(int root, const struct spec *spec) {
  for (size_t i = 0; i < spec->readonly_count; i++) make_readonly(root, spec->readonly[i]);
  for (size_t i = 0; i < spec->masked_count; i++) mask(root, spec->masked[i]);
}

static void lock_root(int root) {
  if (new_mount_api()) {
    if (set_attributes(root, ATTR_RDONLY | ATTR_NODEV, false) < 0) fail("read-only root", "/");
  } else if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NODEV, NULL) < 0) {
    fail("read-only root", "/");
  }
}

/* The old root ends up on top of the new one and is taken away: no directory is needed to put it. */
void enter_root(int root, const struct spec *spec) {
  if (fchdir(root) < 0) fail("root", "/");
  if (syscall(SYS_pivot_root, ".", ".") < 0) fail("pivot_root", "/");
  if (umount2(".", MNT_DETACH) < 0) fail("pivot_root", "old root");
  if (chdir("/") < 0) fail("root", "/");
  if (spec->root_readonly) lock_root(root);
}
