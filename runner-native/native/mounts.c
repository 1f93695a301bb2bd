/* One mount of the spec: a file system or a bind, attached at a target that was resolved inside the root. */
#include "helper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

uint32_t forced_attributes = ATTR_NODEV;

static struct stat status_of(int fd, const char *path) {
  struct stat status;
  if (fstat(fd, &status) < 0) fail("mount", path);
  return status;
}

static struct point open_point(int root, const char *target, enum create create) {
  static struct stat top;
  static int known_root = -1;
  if (known_root != root) top = status_of(known_root = root, "/");
  struct point point = {.root = root, .path = target, .fd = resolve(root, target, create)};
  if (point.fd < 0) fail("mount target", target);
  struct stat here = status_of(point.fd, target);
  /* A mount over the root would undo all that was prepared. */
  if (here.st_ino == top.st_ino && here.st_dev == top.st_dev) fail_with(EINVAL, "mount target", target);
  if (create == CREATE_DIRECTORY && !S_ISDIR(here.st_mode)) fail_with(ENOTDIR, "mount target", target);
  if (create == CREATE_FILE && S_ISDIR(here.st_mode)) fail_with(EISDIR, "mount target", target);
  return point;
}

void bind_over(const struct point *point, int source, uint32_t attributes, bool recursive) {
  if (!new_mount_api()) {
    old_bind(point, source, attributes, recursive);
    return;
  }
  int tree = copy_tree(source, "", recursive);
  if (tree < 0) fail("bind", point->path);
  if (attributes && set_attributes(tree, attributes, recursive) < 0) fail("bind", point->path);
  if (attach_mount(tree, point->fd) < 0) fail("bind", point->path);
  close(tree);
}

/* Closes without touching the errno of what failed before. */
static void close_quietly(int fd) {
  int error = errno;
  close(fd);
  errno = error;
}

/* Options are `key=value` or `key`, separated by commas. */
static bool set_options(int fs, const char *options) {
  char *copy = strdup(options), *state;
  bool accepted = copy != NULL;
  for (char *option = strtok_r(copy, ",", &state); option && accepted; option = strtok_r(NULL, ",", &state)) {
    char *value = strchr(option, '=');
    if (value) *value++ = 0;
    accepted = fs_string(fs, option, value) == 0;
  }
  int error = errno;
  free(copy);
  errno = error;
  return accepted;
}

static int make_filesystem(const struct mount_spec *mount) {
  int fs = fs_open(mount->type);
  if (fs < 0) return -1;
  bool accepted = fs_string(fs, "source", mount->type) == 0 && set_options(fs, mount->data);
  int made = accepted ? fs_mount(fs, mount->attributes) : -1;
  close_quietly(fs);
  return made;
}

/* Returns -1 with errno when the kernel refuses the file system; the caller may know another way. */
int place_filesystem(int root, const struct mount_spec *spec) {
  int point = open_point(root, spec->target, CREATE_DIRECTORY).fd;
  int result;
  if (new_mount_api()) {
    int made = make_filesystem(spec);
    result = made < 0 ? -1 : attach_mount(made, point);
    if (made >= 0) close_quietly(made);
  } else {
    result = old_filesystem(spec, point);
  }
  close_quietly(point);
  return result;
}

static int open_source(const struct mount_spec *spec, enum create *kind) {
  int source = open_path(spec->source, 0);
  if (source < 0) fail("bind source", spec->source);
  *kind = S_ISDIR(status_of(source, spec->source).st_mode) ? CREATE_DIRECTORY : CREATE_FILE;
  return source;
}

static bool is_device(int fd, const char *path) {
  mode_t mode = status_of(fd, path).st_mode;
  return S_ISCHR(mode) || S_ISBLK(mode);
}

static void bind_host_path(int root, const struct mount_spec *spec) {
  enum create kind;
  int source = open_source(spec, &kind);
  struct point point = open_point(root, spec->target, kind);
  /* Devices are reached through nodes that were checked or asked for, and through nothing else. */
  uint32_t forced = spec->flags & MOUNT_DEVICE ? 0 : forced_attributes;
  if (spec->flags & MOUNT_DEVICE && !is_device(source, spec->source)) fail_with(ENODEV, "device", spec->source);
  bind_over(&point, source, spec->attributes | forced, spec->flags & MOUNT_RECURSIVE);
  close(point.fd);
  close(source);
}

/*
 * Inside another container, whose /proc and /sys are partly covered, a user namespace may not mount fresh ones: that
 * would reveal what is covered. The covered ones then serve, read-only.
 */
static void place_host_copy(int root, const struct mount_spec *spec) {
  struct mount_spec copy = *spec;
  copy.source = strcmp(spec->type, "proc") == 0 ? "/proc" : "/sys";
  copy.attributes |= ATTR_RDONLY;
  copy.flags |= MOUNT_RECURSIVE;
  bind_host_path(root, &copy);
}

/* gid 5 (tty) has no meaning in a map of a single id. */
static int retry_without_group(int root, const struct mount_spec *spec) {
  const char *group = strstr(spec->data, ",gid=");
  if (!group) return -1;
  char data[256];
  const char *rest = strchr(group + 1, ',');
  snprintf(data, sizeof data, "%.*s%s", (int)(group - spec->data), spec->data, rest ? rest : "");
  struct mount_spec plain = *spec;
  plain.data = data;
  return place_filesystem(root, &plain);
}

/* Terminals are the only devices that a file system of the container's own may hold. */
static void place_new(int root, const struct mount_spec *given) {
  struct mount_spec without_devices = *given;
  const struct mount_spec *spec = &without_devices;
  if (strcmp(given->type, "devpts") != 0) without_devices.attributes |= forced_attributes;
  if (place_filesystem(root, spec) == 0) return;
  bool kernel_tree = strcmp(spec->type, "proc") == 0 || strcmp(spec->type, "sysfs") == 0;
  if (kernel_tree && errno == EPERM) {
    place_host_copy(root, spec);
    return;
  }
  if (errno == EINVAL && retry_without_group(root, spec) == 0) return;
  fail("mount", spec->target);
}

static void place_overlay(int root, const struct mount_spec *spec) {
  struct point point = open_point(root, spec->target, CREATE_DIRECTORY);
  uint32_t attributes = spec->attributes | forced_attributes;
  int mount = make_overlay(&spec->overlay, attributes);
  if (mount < 0) old_overlay(&spec->overlay, attributes, point.fd);
  else if (attach_mount(mount, point.fd) < 0) fail("mount", spec->target);
  if (mount >= 0) close(mount);
  close(point.fd);
}

static void make_stub(int root, const struct mount_spec *spec) {
  enum create kind = CREATE_DIRECTORY;
  if (strcmp(spec->type, "bind") == 0) close(open_source(spec, &kind));
  close(open_point(root, spec->target, kind).fd);
}

static bool is_dev(const char *target) { return strcmp(target, "/dev") == 0; }

void place_mount(int root, const struct mount_spec *spec) {
  if (spec->flags & MOUNT_STUB_ONLY) {
    make_stub(root, spec);
  } else if (strcmp(spec->type, "bind") == 0) {
    bind_host_path(root, spec);
  } else if (strcmp(spec->type, "overlay") == 0) {
    place_overlay(root, spec);
  } else {
    place_new(root, spec);
    if (is_dev(spec->target) && !(spec->flags & MOUNT_ON_HOST)) populate_dev(root);
  }
}
