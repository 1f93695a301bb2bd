/*
 * Paths inside the container's root, resolved from outside it. Nothing outside the root is ever opened: openat2 does
 * it in one call; the walk below does it one component at a time with O_NOFOLLOW, where the kernel has no openat2 or
 * where something has to be made. Magic links of /proc are refused (CVE-2024-21626, CVE-2025-52881).
 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { LINKS_MAX = 40, DEPTH_MAX = 256, PROC_MAGIC = 0x9fa0 };

struct walk {
  int root;
  int open[DEPTH_MAX];      /* the directories from the root down; the first is a copy of `root` */
  size_t name_end[DEPTH_MAX];
  size_t depth;
  char resolved[PATH_MAX];  /* the path of open[depth], without links */
  char rest[2 * PATH_MAX];  /* what is left to walk */
  int links;
  bool links_allowed;
  const struct directory_spec *owner; /* of what is made; NULL: they are stubs */
};

static void leave(struct walk *walk) {
  if (walk->depth > 0) close(walk->open[walk->depth--]);
  walk->resolved[walk->name_end[walk->depth]] = 0;
}

static int enter(struct walk *walk, int fd, const char *name) {
  size_t start = walk->name_end[walk->depth], length = strlen(name);
  if (walk->depth + 1 >= DEPTH_MAX || start + length + 2 > sizeof walk->resolved) return ENAMETOOLONG;
  walk->resolved[start] = '/';
  memcpy(walk->resolved + start + 1, name, length + 1);
  walk->open[++walk->depth] = fd;
  walk->name_end[walk->depth] = start + 1 + length;
  return 0;
}

/* Cuts the first component off `rest`; false at the end. */
static bool next_name(struct walk *walk, char name[NAME_MAX + 1], int *error) {
  char *start = walk->rest + strspn(walk->rest, "/");
  size_t length = strcspn(start, "/");
  if (length == 0) return false;
  if (length > NAME_MAX) {
    *error = ENAMETOOLONG;
    return false;
  }
  memcpy(name, start, length);
  name[length] = 0;
  memmove(walk->rest, start + length, strlen(start + length) + 1);
  return true;
}

/* Puts a link's target in front of what is left. */
static int follow(struct walk *walk, int link) {
  struct statfs system;
  if (!walk->links_allowed || ++walk->links > LINKS_MAX) return ELOOP;
  if (fstatfs(link, &system) == 0 && system.f_type == PROC_MAGIC) return ELOOP;
  char target[PATH_MAX];
  ssize_t length = readlinkat(link, "", target, sizeof target);
  if (length < 0) return errno;
  size_t rest_length = strlen(walk->rest);
  if ((size_t)length + rest_length + 2 > sizeof walk->rest) return ENAMETOOLONG;
  memmove(walk->rest + length + 1, walk->rest, rest_length + 1);
  memcpy(walk->rest, target, (size_t)length);
  walk->rest[length] = '/';
  if (target[0] == '/')
    while (walk->depth > 0) leave(walk);
  return 0;
}

/* A directory that stays. */
static int make_owned(const struct walk *walk, const char *name) {
  int parent = walk->open[walk->depth];
  if (mkdirat(parent, name, 0755) < 0) return errno;
  return fchownat(parent, name, walk->owner->uid, walk->owner->gid, AT_SYMLINK_NOFOLLOW) < 0 ? errno : 0;
}

/* Makes a missing mount point; only what lies on the root's own mount can end up in a layer, so only that is told. */
static int make(struct walk *walk, const char *name, bool directory) {
  int parent = walk->open[walk->depth];
  struct stat before;
  if (fstat(parent, &before) < 0) return errno;
  if (directory) {
    if (mkdirat(parent, name, 0755) < 0) return errno;
  } else {
    int file = openat(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (file < 0) return errno;
    close(file);
  }
  if (mount_id(parent) != mount_id(walk->root)) return 0;
  char path[PATH_MAX + NAME_MAX + 2];
  size_t length = strlen(walk->resolved);
  memcpy(path, walk->resolved, length);
  path[length] = '/';
  strcpy(path + length + 1, name);
  report_stub(path + 1, directory, before.st_mtim.tv_sec, (uint32_t)before.st_mtim.tv_nsec);
  return 0;
}

static bool at_end(const struct walk *walk) { return walk->rest[strspn(walk->rest, "/")] == 0; }

static int open_component(struct walk *walk, const char *name, enum create create, int *fd) {
  int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
  int parent = walk->open[walk->depth];
  *fd = openat(parent, name, flags);
  if (*fd < 0 && errno == ENOENT && create != CREATE_NOTHING) {
    int error = walk->owner ? make_owned(walk, name) : make(walk, name, create == CREATE_DIRECTORY || !at_end(walk));
    if (error && error != EEXIST) return error;
    *fd = openat(parent, name, flags);
  }
  return *fd < 0 ? errno : 0;
}

static int step(struct walk *walk, const char *name, enum create create) {
  if (strcmp(name, ".") == 0) return 0;
  if (strcmp(name, "..") == 0) {
    leave(walk);
    return 0;
  }
  int fd;
  int error = open_component(walk, name, create, &fd);
  if (error) return error;
  struct stat status;
  if (fstat(fd, &status) == 0 && S_ISLNK(status.st_mode)) {
    error = follow(walk, fd);
    close(fd);
    return error;
  }
  return enter(walk, fd, name);
}

static bool below(const char *path, const char *directory) {
  size_t length = strlen(directory);
  return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* An image whose /proc, /sys or /dev is a link would move the kernel's own file systems (CVE-2019-19921, -2026-41579). */
static bool links_allowed_in(const char *path) {
  while (path[0] == '/' && path[1] == '/') path++;
  return !below(path, "/proc") && !below(path, "/sys") && !below(path, "/dev");
}

/* What is made belongs to `owner` and stays, or is a stub where that is NULL. */
static int walk_path(int root, const char *path, enum create create, const struct directory_spec *owner) {
  static struct walk walk; /* one at a time; too large for a stack frame */
  memset(&walk, 0, offsetof(struct walk, rest));
  walk.links = 0;
  walk.links_allowed = links_allowed_in(path);
  walk.root = root;
  walk.owner = owner;
  if (strlen(path) >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
  strcpy(walk.rest, path);
  walk.open[0] = openat(root, ".", O_PATH | O_CLOEXEC);
  if (walk.open[0] < 0) return -1;
  char name[NAME_MAX + 1];
  int error = 0;
  while (!error && next_name(&walk, name, &error)) error = step(&walk, name, create);
  int found = error ? -1 : walk.open[walk.depth];
  if (!error && walk.depth > 0) walk.depth--;
  else if (!error) found = openat(root, ".", O_PATH | O_CLOEXEC);
  while (walk.depth > 0) leave(&walk);
  close(walk.open[0]);
  if (error) errno = error;
  return found;
}

static int resolve_owned(int root, const char *path, enum create create, const struct directory_spec *owner) {
  int fd = open_beneath(root, path, links_allowed_in(path) ? 0 : RESOLVE_NO_LINKS);
  if (fd >= 0) return fd;
  if (errno == ENOENT ? create == CREATE_NOTHING : errno != ENOSYS && errno != EPERM) return -1;
  return walk_path(root, path, create, owner);
}

int resolve(int root, const char *path, enum create create) { return resolve_owned(root, path, create, NULL); }

void make_directory(int root, const struct directory_spec *directory) {
  int fd = resolve_owned(root, directory->path, CREATE_DIRECTORY, directory);
  if (fd < 0) fail("working directory", directory->path);
  close(fd);
}
