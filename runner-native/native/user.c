/*
 * User namespaces. `tsbuild-helper unshare HOW UID_MAP GID_MAP COMMAND...` turns this very process into the command
 * inside a new user and mount namespace: same pid, same terminal, so signals and the exit status need no passing on.
 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { IDS_PER_LINE = 3, MAP_ARGUMENTS_MAX = 64 };

static void write_file(pid_t pid, const char *name, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) fail("id map", path);
  close(fd);
}

void write_id_maps(pid_t pid, const struct spec *spec) {
  write_file(pid, "uid_map", spec->uid_map ? spec->uid_map : "");
  write_file(pid, "gid_map", spec->gid_map ? spec->gid_map : "");
}

/* newuidmap PID INSIDE OUTSIDE COUNT [INSIDE OUTSIDE COUNT]... */
static int run_mapper(const char *program, pid_t pid, const char *map) {
  char number[16], *arguments[MAP_ARGUMENTS_MAX] = {(char *)program, number}, *state;
  char *copy = strdup(map);
  snprintf(number, sizeof number, "%d", (int)pid);
  int count = 2;
  for (char *word = strtok_r(copy, " \n", &state); word && count < MAP_ARGUMENTS_MAX - 1;) {
    arguments[count++] = word;
    word = strtok_r(NULL, " \n", &state);
  }
  pid_t child = fork();
  if (child == 0) {
    execvp(program, arguments);
    fail("run", program);
  }
  int status;
  if (child < 0 || waitpid(child, &status, 0) < 0) fail("run", program);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int write_maps(const char *how, pid_t pid, const char *uids, const char *gids) {
  if (strcmp(how, "newuidmap") == 0) {
    int failed = run_mapper("newuidmap", pid, uids);
    return failed ? failed : run_mapper("newgidmap", pid, gids);
  }
  /* Without privilege, a process may map its own gid only after giving up setgroups. */
  if (strcmp(how, "single") == 0) write_file(pid, "setgroups", "deny");
  write_file(pid, "uid_map", uids);
  write_file(pid, "gid_map", gids);
  return 0;
}

/* A child that stays outside writes the maps: only there do newuidmap's set-uid bit and our own privileges count. */
static pid_t fork_mapper(const char *how, const char *uids, const char *gids, int *ready) {
  int channel[2];
  if (pipe2(channel, O_CLOEXEC) < 0) fail("pipe", "");
  pid_t parent = getpid(), child = fork();
  if (child < 0) fail("fork", "");
  if (child > 0) {
    close(channel[0]);
    *ready = channel[1];
    return child;
  }
  close(channel[1]);
  char byte;
  if (read(channel[0], &byte, 1) != 1) _exit(0); /* the parent could not make the namespace, and has said so */
  _exit(write_maps(how, parent, uids, gids));
}

/* There is nobody to report to in structured form: this process was the starter. */
static _Noreturn void no_user_namespace(void) {
  int error = errno;
  dprintf(STDERR_FILENO, "tsbuild: a user namespace could not be made: %s\n", strerror(error));
  if (error == ENOSPC)
    dprintf(STDERR_FILENO, "tsbuild: raise the limit: sysctl user.max_user_namespaces=15000\n");
  if (error == EPERM || error == EACCES)
    dprintf(STDERR_FILENO,
            "tsbuild: allow it with sysctl kernel.unprivileged_userns_clone=1 (Debian) or\n"
            "tsbuild: kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu); a container needs to be started with\n"
            "tsbuild: --security-opt seccomp=unconfined (and apparmor=unconfined)\n");
  _exit(5);
}

static void enter_user_namespace(char **argv) {
  int ready;
  pid_t mapper = fork_mapper(argv[0], argv[1], argv[2], &ready);
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) no_user_namespace();
  int status;
  if (write(ready, "", 1) != 1 || waitpid(mapper, &status, 0) < 0) fail("id map", "");
  if (status != 0) fail_with(EPERM, "id map", "was refused");
  if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0) fail("become root in", "the user namespace");
}

int unshare_main(int argc, char **argv) {
  if (argc < 4) fail_with(EINVAL, "unshare", "HOW UID_MAP GID_MAP COMMAND...");
  if (strcmp(argv[0], "none") != 0) enter_user_namespace(argv);
  else if (unshare(CLONE_NEWNS) < 0) fail("make a mount namespace", "");
  if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0) fail("mount", "/");
  signal(SIGPIPE, SIG_DFL); /* Node ignores it, and it would stay ignored */
  execvp(argv[3], argv + 3);
  int error = errno;
  dprintf(STDERR_FILENO, "tsbuild: %s: %s\n", argv[3], strerror(error));
  _exit(error == ENOENT ? 127 : 126); /* as a shell says it */
}
