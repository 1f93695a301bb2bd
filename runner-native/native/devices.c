/*
 * /dev of the container. Without a device cgroup a node made by the container would reach the host's disks, so nothing
 * in it may open a device except these: the root and /dev are nodev, and each node is a bind of the host's.
 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const struct {
  const char *path;
  unsigned major, minor;
} nodes[] = {
    {"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
    {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

static const struct {
  const char *name, *target;
} links[] = {
    {"fd", "/proc/self/fd"},         {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
    {"stderr", "/proc/self/fd/2"},   {"core", "/proc/kcore"},      {"ptmx", "pts/ptmx"},
};

/* Opens a node of the host and makes sure that it is what its name says. */
static int open_node(const char *path, unsigned major_number, unsigned minor_number) {
  int fd = open_path(path, O_NOFOLLOW);
  if (fd < 0) fail("device", path);
  struct stat status;
  if (fstat(fd, &status) < 0) fail("device", path);
  bool same = S_ISCHR(status.st_mode) && major(status.st_rdev) == major_number && minor(status.st_rdev) == minor_number;
  if (!same) fail_with(ENODEV, "device", path);
  return fd;
}

int open_host_null(void) { return open_node(nodes[0].path, nodes[0].major, nodes[0].minor); }

/* The tmpfs is fresh and nobody else sees it yet, so its names need no resolving. */
static void bind_node(int root, int dev, size_t index) {
  const char *path = nodes[index].path, *name = path + strlen("/dev/");
  int node = open_node(path, nodes[index].major, nodes[index].minor);
  struct point point = {root, path, openat(dev, name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666)};
  if (point.fd < 0) fail("device", path);
  bind_over(&point, node, 0, false);
  close(point.fd);
  close(node);
}

/* A path below a directory that is there or made; the node itself must not be there. */
static void make_node(int root, const struct device_spec *device) {
  char directory[PATH_MAX];
  const char *name = strrchr(device->path, '/');
  if (!name || (size_t)snprintf(directory, sizeof directory, "%.*s/", (int)(name - device->path), device->path) >=
                   sizeof directory)
    fail_with(EINVAL, "device", device->path);
  int parent = resolve(root, directory, CREATE_DIRECTORY);
  if (parent < 0) fail("device", device->path);
  name++;
  if (mknodat(parent, name, device->mode, makedev(device->major, device->minor)) < 0) {
    if (errno != EEXIST) fail("device", device->path);
  } else if (fchownat(parent, name, device->uid, device->gid, AT_SYMLINK_NOFOLLOW) < 0) {
    fail("device", device->path);
  }
  close(parent);
}

void make_devices(int root, const struct spec *spec) {
  for (size_t i = 0; i < spec->device_count; i++) make_node(root, &spec->devices[i]);
}

void populate_dev(int root) {
  int dev = resolve(root, "/dev", CREATE_NOTHING);
  if (dev < 0) fail("device", "/dev");
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) bind_node(root, dev, i);
  for (size_t i = 0; i < sizeof links / sizeof *links; i++)
    if (symlinkat(links[i].target, dev, links[i].name) < 0) fail("device link", links[i].name);
  close(dev);
}
