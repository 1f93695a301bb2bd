/* One mount of the spec: a file system or a bind, attached at a target that was resolved inside the root. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static bool is_directory(int fd, const char *path) {
  struct stat status;
  if (fstat(fd, &status) < 0) fail("mount", path);
  return S_ISDIR(status.st_mode);
}

static int open_target(int root, const char *target, enum create create) {
  int fd = resolve(root, target, create);
  if (fd < 0) fail("mount target", target);
  struct stat here, top;
  if (fstat(fd, &here) == 0 && fstat(root, &top) == 0 && here.st_ino == top.st_ino && here.st_dev == top.st_dev)
    fail_with(EINVAL, "mount target", target); /* a mount over the root would undo all that was prepared */
  return fd;
}

static unsigned long mount_flags(uint32_t attributes) {
  return (attributes & ATTR_RDONLY ? MS_RDONLY : 0) | (attributes & ATTR_NOSUID ? MS_NOSUID : 0) |
         (attributes & ATTR_NODEV ? MS_NODEV : 0) | (attributes & ATTR_NOEXEC ? MS_NOEXEC : 0) |
         (attributes & ATTR_NOATIME ? MS_NOATIME : 0);
}

/* A remount replaces all flags, and in a user namespace those of the host are locked: keep what is there. */
static unsigned long present_flags(int fd) {
  struct statvfs status;
  if (fstatvfs(fd, &status) < 0) return 0;
  return (status.f_flag & ST_RDONLY ? MS_RDONLY : 0) | (status.f_flag & ST_NOSUID ? MS_NOSUID : 0) |
         (status.f_flag & ST_NODEV ? MS_NODEV : 0) | (status.f_flag & ST_NOEXEC ? MS_NOEXEC : 0) |
         (status.f_flag & ST_NOATIME ? MS_NOATIME : 0) | (status.f_flag & ST_NODIRATIME ? MS_NODIRATIME : 0) |
         (status.f_flag & ST_RELATIME ? MS_RELATIME : 0);
}

struct fd_path {
  char text[32];
};

static struct fd_path path_of(int fd) {
  struct fd_path path;
  snprintf(path.text, sizeof path.text, "/proc/self/fd/%d", fd);
  return path;
}

static void old_bind(int root, int source, const char *target, uint32_t attributes, bool recursive) {
  int point = open_target(root, target, CREATE_NOTHING);
  unsigned long flags = MS_BIND | (recursive ? MS_REC : 0);
  if (mount(path_of(source).text, path_of(point).text, NULL, flags, NULL) < 0) fail("bind", target);
  close(point);
  int top = open_target(root, target, CREATE_NOTHING);
  flags = MS_REMOUNT | MS_BIND | mount_flags(attributes) | present_flags(top);
  if (mount(NULL, path_of(top).text, NULL, flags, NULL) < 0) fail("bind", target);
  close(top);
}

void place_bind(int root, int source, const char *target, uint32_t attributes, bool recursive) {
  enum create create = is_directory(source, target) ? CREATE_DIRECTORY : CREATE_FILE;
  int point = open_target(root, target, create);
  if (!new_mount_api()) {
    close(point);
    old_bind(root, source, target, attributes, recursive);
    return;
  }
  int tree = copy_tree(source, "", recursive);
  if (tree < 0) fail("bind", target);
  if (attributes && set_attributes(tree, attributes, recursive) < 0) fail("bind", target);
  if (attach_mount(tree, point) < 0) fail("bind", target);
  close(tree);
  close(point);
}

static int make_filesystem(const struct mount_spec *mount) {
  int fs = fs_open(mount->type);
  if (fs < 0) return -1;
  char *copy = strdup(mount->data), *state;
  int failed = fs_string(fs, "source", mount->type) < 0;
  for (char *option = strtok_r(copy, ",", &state); option && !failed; option = strtok_r(NULL, ",", &state)) {
    char *value = strchr(option, '=');
    if (value) *value++ = 0;
    failed = fs_string(fs, option, value) < 0;
  }
  int error = errno;
  free(copy);
  int result = failed ? -1 : fs_mount(fs, mount->attributes);
  if (failed) errno = error;
  int saved = errno;
  close(fs);
  errno = saved;
  return result;
}

/* Returns -1 with errno when the kernel refuses the file system; the caller may know another way. */
int place_filesystem(int root, const struct mount_spec *spec) {
  int point = open_target(root, spec->target, CREATE_DIRECTORY);
  if (!is_directory(point, spec->target)) fail_with(ENOTDIR, "mount target", spec->target);
  int result;
  if (new_mount_api()) {
    int made = make_filesystem(spec);
    result = made < 0 ? -1 : attach_mount(made, point);
  } else {
    result = mount(spec->type, path_of(point).text, spec->type, mount_flags(spec->attributes), spec->data);
  }
  int error = errno;
  close(point);
  errno = error;
  return result;
}

static void bind_host_path(int root, const struct mount_spec *spec) {
  int source = open(spec->source, O_PATH | O_CLOEXEC);
  if (source < 0) fail("bind source", spec->source);
  /* Devices are reached through the nodes that populate_dev checked, and through nothing else. */
  place_bind(root, source, spec->target, spec->attributes | ATTR_NODEV, spec->flags & MOUNT_RECURSIVE);
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
  if (strcmp(given->type, "devpts") != 0) without_devices.attributes |= ATTR_NODEV;
  if (place_filesystem(root, spec) == 0) return;
  bool kernel_tree = strcmp(spec->type, "proc") == 0 || strcmp(spec->type, "sysfs") == 0;
  if (kernel_tree && errno == EPERM) {
    place_host_copy(root, spec);
    return;
  }
  if (errno == EINVAL && retry_without_group(root, spec) == 0) return;
  fail("mount", spec->target);
}

static void make_stub(int root, const struct mount_spec *spec) {
  bool directory = true;
  if (strcmp(spec->type, "bind") == 0) {
    int source = open(spec->source, O_PATH | O_CLOEXEC);
    if (source < 0) fail("bind source", spec->source);
    directory = is_directory(source, spec->source);
    close(source);
  }
  close(open_target(root, spec->target, directory ? CREATE_DIRECTORY : CREATE_FILE));
}

static bool is_dev(const char *target) { return strcmp(target, "/dev") == 0; }

void place_mount(int root, const struct mount_spec *spec) {
  if (spec->flags & MOUNT_STUB_ONLY) {
    make_stub(root, spec);
  } else if (strcmp(spec->type, "bind") == 0) {
    bind_host_path(root, spec);
  } else {
    place_new(root, spec);
    if (is_dev(spec->target) && !(spec->flags & MOUNT_ON_HOST)) populate_dev(root);
  }
}
