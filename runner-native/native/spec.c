/* Reads the spec: u32 total length, then records of u32 op, u32 length, payload. Strings end with NUL. */
#include "helper.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* 500 overlay layers with long paths are 2 MB; an environment is bounded by execve's 6 MB. */
enum { SPEC_MAX = 16 << 20 };

struct cursor {
  const char *next, *end;
};

static _Noreturn void malformed(const char *what) { fail_with(EPROTO, "spec", what); }

static void *allocate(size_t count, size_t size) {
  void *memory = calloc(count ? count : 1, size);
  if (!memory) fail("memory", "");
  return memory;
}

static void read_fully(int fd, char *bytes, size_t count) {
  while (count > 0) {
    ssize_t got = read(fd, bytes, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) _exit(125); /* the starter is gone before it said what to run */
    bytes += got;
    count -= (size_t)got;
  }
}

static void take(struct cursor *cursor, void *value, size_t size) {
  if ((size_t)(cursor->end - cursor->next) < size) malformed("a record is cut short");
  memcpy(value, cursor->next, size);
  cursor->next += size;
}

static uint32_t take_u32(struct cursor *cursor) {
  uint32_t value;
  take(cursor, &value, sizeof value);
  return value;
}

static uint64_t take_u64(struct cursor *cursor) {
  uint64_t value;
  take(cursor, &value, sizeof value);
  return value;
}

static const char *take_string(struct cursor *cursor) {
  const char *text = cursor->next;
  const char *nul = memchr(text, 0, (size_t)(cursor->end - text));
  if (!nul) malformed("a string has no end");
  cursor->next = nul + 1;
  return text;
}

static const char **take_strings(struct cursor *cursor, size_t *count) {
  size_t capacity = 1;
  for (const char *byte = cursor->next; byte < cursor->end; byte++) capacity += *byte == 0;
  const char **strings = allocate(capacity, sizeof *strings);
  size_t taken = 0;
  while (cursor->next < cursor->end) strings[taken++] = take_string(cursor);
  if (count) *count = taken;
  return strings;
}

/* Grows by one; the lists of a spec are short. */
static void *append(void *list, size_t *count, size_t size) {
  list = realloc(list, (*count + 1) * size);
  if (!list) fail("memory", "");
  memset((char *)list + *count * size, 0, size);
  (*count)++;
  return list;
}

static void add_string(const char ***list, size_t *count, struct cursor *cursor) {
  *list = append((void *)*list, count, sizeof **list);
  (*list)[*count - 1] = take_string(cursor);
}

static void set_overlay(struct overlay_spec *overlay, struct cursor *cursor) {
  overlay->options = take_string(cursor);
  overlay->upper = take_string(cursor);
  overlay->work = take_string(cursor);
  overlay->lower = take_strings(cursor, &overlay->lower_count);
}

static void add_mount(struct spec *spec, struct cursor *cursor) {
  spec->mounts = append(spec->mounts, &spec->mount_count, sizeof *spec->mounts);
  struct mount_spec *mount = &spec->mounts[spec->mount_count - 1];
  mount->flags = take_u32(cursor);
  mount->attributes = take_u32(cursor);
  mount->type = take_string(cursor);
  mount->target = take_string(cursor);
  mount->source = take_string(cursor);
  mount->data = take_string(cursor);
  if (strcmp(mount->type, "overlay") == 0) set_overlay(&mount->overlay, cursor);
}

static void add_device(struct spec *spec, struct cursor *cursor) {
  spec->devices = append(spec->devices, &spec->device_count, sizeof *spec->devices);
  struct device_spec *device = &spec->devices[spec->device_count - 1];
  device->mode = take_u32(cursor);
  device->major = take_u32(cursor);
  device->minor = take_u32(cursor);
  device->uid = take_u32(cursor);
  device->gid = take_u32(cursor);
  device->path = take_string(cursor);
}

static void set_directory(struct directory_spec *directory, struct cursor *cursor) {
  directory->uid = take_u32(cursor);
  directory->gid = take_u32(cursor);
  directory->path = take_string(cursor);
}

static void add_limit(struct spec *spec, struct cursor *cursor) {
  spec->limits = append(spec->limits, &spec->limit_count, sizeof *spec->limits);
  struct limit_spec *limit = &spec->limits[spec->limit_count - 1];
  limit->resource = take_u32(cursor);
  limit->soft = take_u64(cursor);
  limit->hard = take_u64(cursor);
}

static void set_identity(struct spec *spec, struct cursor *cursor) {
  spec->uid = take_u32(cursor);
  spec->gid = take_u32(cursor);
  spec->umask = take_u32(cursor);
  spec->group_count = (size_t)(cursor->end - cursor->next) / sizeof(uint32_t);
  spec->groups = allocate(spec->group_count, sizeof *spec->groups);
  for (size_t i = 0; i < spec->group_count; i++) spec->groups[i] = take_u32(cursor);
}

static void set_capabilities(struct spec *spec, struct cursor *cursor) {
  spec->has_capabilities = true;
  spec->bounding = take_u64(cursor);
  spec->effective = take_u64(cursor);
  spec->permitted = take_u64(cursor);
  spec->inheritable = take_u64(cursor);
  spec->ambient = take_u64(cursor);
}

static void apply(struct spec *spec, uint32_t op, struct cursor *cursor) {
  switch ((enum op)op) {
    case OP_NAMESPACES: spec->namespaces = take_u32(cursor); break;
    case OP_JOIN_NETWORK: spec->join_network = take_string(cursor); break;
    case OP_UID_MAP: spec->uid_map = take_string(cursor); break;
    case OP_GID_MAP: spec->gid_map = take_string(cursor); break;
    case OP_ROOT_DIRECTORY: spec->root_directory = take_string(cursor); break;
    case OP_ROOT_OVERLAY: set_overlay(&spec->overlay, cursor); break;
    case OP_ROOT_READONLY: spec->root_readonly = true; break;
    case OP_ATTACH_ROOT: spec->attach_root = take_string(cursor); break;
    case OP_MOUNT: add_mount(spec, cursor); break;
    case OP_MASK: add_string(&spec->masked, &spec->masked_count, cursor); break;
    case OP_READONLY: add_string(&spec->readonly, &spec->readonly_count, cursor); break;
    case OP_HOSTNAME: spec->hostname = take_string(cursor); break;
    case OP_RLIMIT: add_limit(spec, cursor); break;
    case OP_IDENTITY: set_identity(spec, cursor); break;
    case OP_CAPABILITIES: set_capabilities(spec, cursor); break;
    case OP_NO_NEW_PRIVILEGES: spec->no_new_privileges = true; break;
    case OP_ENVIRONMENT: spec->environment = take_strings(cursor, NULL); break;
    case OP_ARGUMENTS: spec->arguments = take_strings(cursor, NULL); break;
    case OP_DIRECTORY: spec->directory = take_string(cursor); break;
    case OP_DISABLE: spec->disabled = take_u32(cursor); break;
    case OP_ALLOW_DEVICES: spec->allows_devices = true; break;
    case OP_DEVICE: add_device(spec, cursor); break;
    case OP_CGROUPS: spec->cgroups = take_strings(cursor, NULL); break;
    case OP_MAKE_DIRECTORY: set_directory(&spec->made, cursor); break;
    default: malformed("unknown record");
  }
  if (cursor->next != cursor->end) malformed("a record is longer than its content");
}

static void check(const struct spec *spec) {
  uint32_t needed = CLONE_NEWNS | CLONE_NEWPID; /* without them the mounts would be the host's, and processes would stay */
  if ((spec->namespaces & needed) != needed) malformed("no mount or pid namespace");
  if (!spec->arguments || !spec->arguments[0]) malformed("no command");
  if (!spec->environment || !spec->directory) malformed("no environment or working directory");
  if (!spec->root_directory && !spec->overlay.options) malformed("no root file system");
}

struct spec *read_spec(int fd) {
  uint32_t length;
  read_fully(fd, (char *)&length, sizeof length);
  if (length > SPEC_MAX) malformed("too long");
  char *bytes = allocate(length, 1);
  read_fully(fd, bytes, length);
  struct spec *spec = allocate(1, sizeof *spec);
  spec->umask = 022;
  struct cursor all = {bytes, bytes + length};
  while (all.next < all.end) {
    uint32_t op = take_u32(&all);
    uint32_t size = take_u32(&all);
    if (size > (size_t)(all.end - all.next)) malformed("a record is cut short");
    struct cursor record = {all.next, all.next + size};
    apply(spec, op, &record);
    all.next += size;
  }
  check(spec);
  return spec;
}
