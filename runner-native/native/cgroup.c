/* Control groups that the starter has made: the container joins them before it does anything else. */
#include "helper.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

/* "0" is whoever writes it. */
void join_cgroups(const struct spec *spec) {
  for (const char **directory = spec->cgroups; directory && *directory; directory++) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/cgroup.procs", *directory);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) != 1) fail("cgroup", *directory);
    close(fd);
  }
  /* The root of a cgroup namespace is where its first process is when the namespace is made. */
  if (spec->cgroups && spec->namespaces & CLONE_NEWCGROUP && unshare(CLONE_NEWCGROUP) < 0) fail("cgroup", "namespace");
}

/* The starter removes them itself, and reads first what happened in them; here it is gone. */
void remove_cgroups(const struct spec *spec) {
  for (const char **directory = spec->cgroups; directory && *directory; directory++) rmdir(*directory);
}
