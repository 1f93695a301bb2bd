/* The last steps around the root: what is hidden, what is read-only, and the change into it. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What lies over masked paths. The first of each kind is attached; the others are copies of it, flags and all. */
struct cover {
  int file, directory;
};

static void cover_file(const struct point *point, struct cover *cover) {
  if (cover->file >= 0) {
    bind_over(point, cover->file, new_mount_api() ? 0 : ATTR_RDONLY, false);
    return;
  }
  /* The host's /dev/null, checked: the container's may be a link (CVE-2025-31133). */
  int null_node = open_host_null();
  bind_over(point, null_node, ATTR_RDONLY | ATTR_NOSUID | ATTR_NOEXEC, false);
  close(null_node);
  cover->file = resolve(point->root, point->path, CREATE_NOTHING);
}

static void cover_directory(const struct point *point, struct cover *cover) {
  if (cover->directory >= 0) {
    bind_over(point, cover->directory, new_mount_api() ? 0 : ATTR_RDONLY, false);
    return;
  }
  struct mount_spec empty = {.type = "tmpfs", .target = point->path, .source = "", .data = "size=4k,mode=0555"};
  empty.attributes = ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC;
  if (place_filesystem(point->root, &empty) < 0) fail("mask", point->path);
  cover->directory = resolve(point->root, point->path, CREATE_NOTHING);
}

/* Opens a path that may be missing: then there is nothing to hide or to protect. */
static bool open_present(int root, const char *path, struct point *point) {
  *point = (struct point){root, path, resolve(root, path, CREATE_NOTHING)};
  if (point->fd < 0 && errno != ENOENT && errno != ENOTDIR) fail("mask", path);
  return point->fd >= 0;
}

static void mask(int root, const char *path, struct cover *cover) {
  struct point point;
  if (!open_present(root, path, &point)) return;
  struct stat status;
  if (fstat(point.fd, &status) < 0) fail("mask", path);
  if (S_ISDIR(status.st_mode)) cover_directory(&point, cover);
  else cover_file(&point, cover);
  close(point.fd);
}

static void make_readonly(int root, const char *path) {
  struct point point;
  if (!open_present(root, path, &point)) return;
  bind_over(&point, point.fd, ATTR_RDONLY, true);
  close(point.fd);
}

void mask_paths(int root, const struct spec *spec) {
  for (size_t i = 0; i < spec->readonly_count; i++) make_readonly(root, spec->readonly[i]);
  struct cover cover = {-1, -1};
  for (size_t i = 0; i < spec->masked_count; i++) mask(root, spec->masked[i], &cover);
}

static void lock_root(int root) {
  if (new_mount_api()) {
    if (set_attributes(root, ATTR_RDONLY | forced_attributes, false) < 0) fail("read-only root", "/");
  } else if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | mount_flags(forced_attributes), NULL) < 0) {
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
