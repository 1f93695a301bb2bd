/* The same with mount(2), for kernels before 5.12: it takes paths, so descriptors are named through /proc/self/fd. */
#include "helper.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct fd_path {
  char text[32];
};

static struct fd_path path_of(int fd) {
  struct fd_path path;
  snprintf(path.text, sizeof path.text, "/proc/self/fd/%d", fd);
  return path;
}

unsigned long mount_flags(uint32_t attributes) {
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

void add_flags(int root, const char *path, uint32_t attributes) {
  int top = resolve(root, path, CREATE_NOTHING);
  if (top < 0) fail("bind", path);
  unsigned long flags = MS_REMOUNT | MS_BIND | mount_flags(attributes) | present_flags(top);
  if (mount(NULL, path_of(top).text, NULL, flags, NULL) < 0) fail("bind", path);
  close(top);
}

/* mountinfo writes space, tab, newline and backslash as octal. */
static void unescape(char *text) {
  char *out = text;
  for (; *text; text++) {
    if (text[0] == '\\' && text[1] && text[2] && text[3]) {
      *out++ = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 + (text[3] - '0'));
      text += 3;
    } else {
      *out++ = *text;
    }
  }
  *out = 0;
}

/* The mount point of a line of mountinfo (proc(5)): its fifth field. */
static char *mount_point_of(char *line) {
  char *state, *field = strtok_r(line, " ", &state);
  for (int i = 0; i < 4 && field; i++) field = strtok_r(NULL, " ", &state);
  if (field) unescape(field);
  return field;
}

/* mount(2) sets flags on one mount only; what is mounted below it would stay writable (the host's cgroups in /sys). */
static void add_flags_below(const struct point *point, uint32_t attributes) {
  char prefix[PATH_MAX], base[PATH_MAX];
  ssize_t base_length = readlink(path_of(point->root).text, base, sizeof base - 1);
  ssize_t length = readlink(path_of(point->fd).text, prefix, sizeof prefix - 1);
  FILE *mounts = fopen("/proc/self/mountinfo", "re");
  if (base_length < 0 || length < 0 || !mounts) fail("bind", point->path);
  if (base_length == 1) base_length = 0; /* "/" */
  char *line = NULL;
  size_t size = 0;
  while (getline(&line, &size, mounts) > 0) {
    char *path = mount_point_of(line);
    if (path && strncmp(path, prefix, (size_t)length) == 0 && path[length] == '/')
      add_flags(point->root, path + base_length, attributes);
  }
  free(line);
  fclose(mounts);
}

void old_bind(const struct point *point, int source, uint32_t attributes, bool recursive) {
  unsigned long flags = MS_BIND | (recursive ? MS_REC : 0);
  if (mount(path_of(source).text, path_of(point->fd).text, NULL, flags, NULL) < 0) fail("bind", point->path);
  add_flags(point->root, point->path, attributes);
  if (recursive && attributes) add_flags_below(point, attributes);
}

int old_filesystem(const struct mount_spec *spec, int point) {
  return mount(spec->type, path_of(point).text, spec->type, mount_flags(spec->attributes), spec->data);
}
