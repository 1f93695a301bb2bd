/* The root file system: an overlay or a directory, mounted where only this process sees it. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

/* fsconfig(2) takes strings of at most 255 bytes, and options give a meaning to backslash, colon and comma.
   Such paths go through /proc/self/fd. */
enum { FSCONFIG_STRING_MAX = 255 };

static int open_directory(const char *path) {
  int fd = open_path(path, O_DIRECTORY);
  if (fd < 0) fail("root", path);
  return fd;
}

static void set_path(int fs, const char *key, const char *path) {
  char short_name[32];
  if (strlen(path) > FSCONFIG_STRING_MAX || strpbrk(path, "\\:,")) {
    snprintf(short_name, sizeof short_name, "/proc/self/fd/%d", open_directory(path));
    path = short_name;
  }
  if (fs_string(fs, key, path) < 0) fail("overlay", path);
}

static void set_options(int fs, const char *options) {
  char *copy = strdup(options), *state;
  for (char *option = strtok_r(copy, ",", &state); option; option = strtok_r(NULL, ",", &state)) {
    char *value = strchr(option, '=');
    if (value) *value++ = 0;
    if (fs_string(fs, option, value) < 0) fail("overlay", option);
  }
  free(copy);
}

static bool knows_lowerdir_plus(void) {
  int fs = fs_open("overlay");
  if (fs < 0) fail("overlay", "");
  /* Overlayfs before 6.5 lets its options pile up unread, so that anything seems known. */
  bool known = fs_string(fs, "lowerdir+", "/") == 0 && fs_string(fs, "no-such-option", "/") < 0;
  close(fs);
  return known;
}

/* Layers are named one by one, since 6.7. */
int make_overlay(const struct overlay_spec *overlay, uint32_t attributes) {
  if (!new_mount_api() || disabled_features & DISABLE_LOWERDIR || !knows_lowerdir_plus()) return -1;
  int fs = fs_open("overlay");
  if (fs < 0) fail("overlay", "");
  if (fs_string(fs, "source", "overlay") < 0) fail("overlay", "");
  for (size_t i = 0; i < overlay->lower_count; i++) set_path(fs, "lowerdir+", overlay->lower[i]);
  set_path(fs, "upperdir", overlay->upper);
  set_path(fs, "workdir", overlay->work);
  set_options(fs, overlay->options);
  int mount = fs_mount(fs, attributes);
  if (mount < 0) fail("overlay", overlay->upper);
  close(fs);
  return mount;
}

static void raise_open_files(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * mount(2) takes one page of options. Numbers of open directories, relative to /proc/self/fd, are the shortest names
 * there are: 500 layers are about 2 KB.
 */
void old_overlay(const struct overlay_spec *overlay, uint32_t attributes, int target) {
  struct rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  raise_open_files();
  char data[4096], path[32];
  size_t used = (size_t)snprintf(data, sizeof data, "%s,upperdir=%d,workdir=%d,lowerdir=", overlay->options,
                                 open_directory(overlay->upper), open_directory(overlay->work));
  for (size_t i = 0; i < overlay->lower_count && used < sizeof data; i++)
    used += (size_t)snprintf(data + used, sizeof data - used, "%s%d", i ? ":" : "", open_directory(overlay->lower[i]));
  if (used >= sizeof data) fail_with(E2BIG, "overlay", "too many layers for mount(2)");
  int here = open_path(".", 0);
  if (chdir("/proc/self/fd") < 0) fail("overlay", "/proc/self/fd");
  snprintf(path, sizeof path, "/proc/self/fd/%d", target);
  if (mount("overlay", path, "overlay", mount_flags(attributes), data) < 0) fail("overlay", overlay->upper);
  if (here < 0 || fchdir(here) < 0) fail("overlay", ".");
  setrlimit(RLIMIT_NOFILE, &before);
}

/* A directory that exists and that nobody needs to see any more once the root covers it. */
static const char *mount_point(const struct spec *spec) {
  if (spec->attach_root) return spec->attach_root;
  return spec->root_directory ? spec->root_directory : spec->overlay.upper;
}

static int detached_root(const struct spec *spec) {
  if (!spec->root_directory) return make_overlay(&spec->overlay, forced_attributes);
  if (!new_mount_api()) return -1;
  int tree = copy_tree(AT_FDCWD, spec->root_directory, true);
  if (tree < 0) fail("root", spec->root_directory);
  if (forced_attributes && set_attributes(tree, forced_attributes, true) < 0) fail("root", spec->root_directory);
  return tree;
}

static void mount_old_root(const struct spec *spec, const char *path) {
  struct point point = {open_directory("/"), path, open_directory(path)};
  if (spec->root_directory) old_bind(&point, open_directory(spec->root_directory), forced_attributes, true);
  else old_overlay(&spec->overlay, forced_attributes, point.fd);
}

int mount_root(const struct spec *spec) {
  const char *point = mount_point(spec);
  int root = detached_root(spec);
  if (root < 0) {
    mount_old_root(spec, point);
    return open_directory(point);
  }
  if (attach_mount(root, open_directory(point)) < 0) fail("root", point);
  return root;
}
