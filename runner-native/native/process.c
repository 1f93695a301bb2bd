/* From a prepared root to the command: limits, working directory, identity, capabilities, exec. */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CAPABILITY_MAX = 63, CAPABILITY_VERSION = 0x20080522, JOIN_SESSION_KEYRING = 1 };
enum { PRCTL_AMBIENT = 47, AMBIENT_RAISE = 2, AMBIENT_CLEAR = 4 };

static const char default_path[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* An ignored signal stays ignored over exec, and a blocked one blocked: undo what the supervisor set up. */
static void reset_signals(void) {
  signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

static void set_limits(const struct spec *spec) {
  for (size_t i = 0; i < spec->limit_count; i++) {
    const struct limit_spec *limit = &spec->limits[i];
    struct rlimit value = {.rlim_cur = limit->soft, .rlim_max = limit->hard};
    if (setrlimit((int)limit->resource, &value) == 0) continue;
    char number[16];
    int error = errno;
    snprintf(number, sizeof number, "%u", limit->resource);
    fail_with(error, "rlimit", number);
  }
}

/* `echo > /dev/stdout` opens the pipe anew, which needs its owner's permission. */
static void give_pipes(uid_t uid, gid_t gid) {
  for (int fd = 0; fd <= 2; fd++) {
    struct stat status;
    if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode) && fchown(fd, uid, gid) < 0 && errno != EINVAL)
      fail("stdio", "");
  }
}

/* The directory is opened inside the root without magic links, and must have a name in it (CVE-2024-21626). */
static void enter_directory(const char *path) {
  int root = open_path("/", O_DIRECTORY);
  int directory = resolve(root, path, CREATE_NOTHING);
  if (directory < 0 && errno == ENOENT) directory = resolve(root, path, CREATE_DIRECTORY);
  if (directory < 0 || fchdir(directory) < 0) fail("working directory", path);
  char name[PATH_MAX];
  long length = syscall(SYS_getcwd, name, sizeof name);
  if (length < 0 || name[0] != '/') fail_with(EACCES, "working directory", path);
  close(directory);
  close(root);
}

static void drop_bounding(uint64_t keep) {
  for (int capability = 0; capability <= CAPABILITY_MAX; capability++) {
    if (keep >> capability & 1) continue;
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) {
      if (errno == EINVAL) return; /* beyond the kernel's last one */
      fail("capabilities", "bounding");
    }
  }
}

static void set_ids(const struct spec *spec) {
  /* A user namespace with a single id may not call setgroups, and has no groups to drop. */
  if (setgroups(spec->group_count, spec->groups) < 0 && !(errno == EPERM && spec->group_count == 0))
    fail("groups", "");
  if (setresgid(spec->gid, spec->gid, spec->gid) < 0) fail("gid", "");
  if (setresuid(spec->uid, spec->uid, spec->uid) < 0) fail("uid", "");
}

static void set_capabilities(const struct spec *spec) {
  struct {
    uint32_t version;
    int pid;
  } header = {CAPABILITY_VERSION, 0};
  uint32_t data[2][3];
  for (int half = 0; half < 2; half++) {
    data[half][0] = (uint32_t)(spec->effective >> 32 * half);
    data[half][1] = (uint32_t)(spec->permitted >> 32 * half);
    data[half][2] = (uint32_t)(spec->inheritable >> 32 * half);
  }
  if (syscall(SYS_capset, &header, data) < 0) fail("capabilities", "set");
  prctl(PRCTL_AMBIENT, AMBIENT_CLEAR, 0, 0, 0);
  for (int capability = 0; capability <= CAPABILITY_MAX; capability++)
    if (spec->ambient >> capability & 1) prctl(PRCTL_AMBIENT, AMBIENT_RAISE, capability, 0, 0);
}

static void take_identity(const struct spec *spec) {
  give_pipes(spec->uid, spec->gid);
  if (!spec->has_capabilities) {
    set_ids(spec);
    return;
  }
  drop_bounding(spec->bounding);
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) fail("capabilities", "keep");
  set_ids(spec);
  set_capabilities(spec);
}

void become_command(const struct spec *spec) {
  enter_directory(spec->directory);
  set_limits(spec);
  syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL, 0, 0, 0); /* not the session keyring of the host's user */
  setsid();
  take_identity(spec);
  if (spec->no_new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) fail("no_new_privs", "");
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* a change of identity clears it */
  umask(spec->umask);
  reset_signals();
  close_on_exec_from(STDERR_FILENO + 1);
  execute(spec->arguments, spec->environment);
}

static const char *search_path(const char **environment) {
  for (; *environment; environment++)
    if (strncmp(*environment, "PATH=", 5) == 0) return *environment + 5;
  return default_path;
}

/* ENOENT for a file that is there means that its interpreter or loader is not. */
static _Noreturn void cannot_execute(const char *path) {
  int error = errno;
  bool there = error == ENOENT && access(path, F_OK) == 0;
  fail_with(error, there ? "interpreter" : "exec", path);
}

void execute(const char **arguments, const char **environment) {
  const char *name = arguments[0];
  if (strchr(name, '/')) {
    execve(name, (char **)arguments, (char **)environment);
    cannot_execute(name);
  }
  int error = ENOENT;
  const char *directory = search_path(environment);
  for (size_t length; *name && *directory; directory += length + (directory[length] == ':')) {
    char path[PATH_MAX];
    length = strcspn(directory, ":");
    int size = snprintf(path, sizeof path, "%.*s/%s", (int)length, directory, name);
    if (directory[0] != '/' || size >= (int)sizeof path) continue; /* a relative PATH would run what lies around */
    execve(path, (char **)arguments, (char **)environment);
    if (errno == EACCES) error = EACCES;
    else if ((errno != ENOENT && errno != ENOTDIR) || access(path, F_OK) == 0) cannot_execute(path);
  }
  fail_with(error, "exec", name);
}
