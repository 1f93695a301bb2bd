/*
 * tsbuild-helper: runs one process in fresh namespaces.
 *
 * Descriptor 3 is a stream socket to the process that started it. The spec comes in on it (spec.c), reports go out on it
 * (report.c), each later byte is the number of a signal for the command, and its end means: kill everything.
 * The helper stays outside as supervisor; its child prepares the container and becomes the command, as pid 1 of a new
 * pid namespace, so that the kernel kills all that is left when the command ends or the supervisor dies.
 */
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONTROL = 3 };

static void bring_up_loopback(void) {
  struct ifreq request = {.ifr_name = "lo"};
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request) < 0) fail("network", "lo");
  request.ifr_flags |= IFF_UP;
  if (ioctl(fd, SIOCSIFFLAGS, &request) < 0) fail("network", "lo");
  close(fd);
}

static void place_mounts(const struct spec *spec, int root) {
  int host = open_path("/", O_DIRECTORY);
  for (size_t i = 0; i < spec->mount_count; i++)
    place_mount(spec->mounts[i].flags & MOUNT_ON_HOST ? host : root, &spec->mounts[i]);
  close(host);
}

/* The child: everything it does is seen by its own namespaces only. */
static _Noreturn void run_container(const struct spec *spec) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  join_cgroups(spec);
  if (spec->namespaces & CLONE_NEWUSER && (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)) fail("id map", "0");
  /* Until exec nothing in the container may look into this process and its descriptors. */
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  umask(0);
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) fail("mount", "/");
  if (spec->namespaces & CLONE_NEWNET) bring_up_loopback();
  if (spec->hostname && sethostname(spec->hostname, strlen(spec->hostname)) < 0) fail("hostname", spec->hostname);
  int root = mount_root(spec);
  if (spec->made.path) make_directory(root, &spec->made);
  place_mounts(spec, root);
  make_devices(root, spec);
  mask_paths(root, spec);
  if (!spec->attach_root) enter_root(root, spec);
  become_command(spec);
}

static void wait_for_maps(int channel[2]) {
  char byte;
  close(channel[1]);
  if (read(channel[0], &byte, 1) != 1) _exit(125);
  close(channel[0]);
}

static pid_t start_container(const struct spec *spec) {
  bool new_user = spec->namespaces & CLONE_NEWUSER;
  int channel[2];
  if (new_user && pipe2(channel, O_CLOEXEC) < 0) fail("pipe", "");
  pid_t child = clone_into(spec->cgroups ? spec->namespaces & ~(uint32_t)CLONE_NEWCGROUP : spec->namespaces);
  if (child < 0) fail("clone", "");
  if (child == 0) {
    if (new_user) wait_for_maps(channel);
    run_container(spec);
  }
  if (new_user) {
    write_id_maps(child, spec);
    if (write(channel[1], "", 1) != 1) fail("id map", "");
    close(channel[0]);
    close(channel[1]);
  }
  return child;
}

/* True while the starter is there. */
static bool pass_signals_on(pid_t child) {
  unsigned char numbers[16];
  ssize_t count = read(CONTROL, numbers, sizeof numbers);
  if (count < 0) return errno == EINTR || errno == EAGAIN;
  for (ssize_t i = 0; i < count; i++) kill(child, numbers[i]);
  return count > 0;
}

static int supervise(const struct spec *spec, pid_t child, int signals) {
  struct pollfd watched[2] = {{.fd = CONTROL, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
  for (;;) {
    struct rusage usage;
    int status;
    if (wait4(child, &status, WNOHANG, &usage) == child) {
      report_exit(status, &usage);
      if (watched[0].fd < 0) remove_cgroups(spec);
      return 0;
    }
    if (poll(watched, 2, -1) < 0) continue;
    if (watched[0].revents && !pass_signals_on(child)) {
      kill(child, SIGKILL);
      watched[0].fd = -1;
    }
    struct signalfd_siginfo info;
    if (watched[1].revents && read(signals, &info, sizeof info) < 0 && errno != EAGAIN) fail("signals", "");
  }
}

static int watch_children(void) {
  sigset_t children;
  sigemptyset(&children);
  sigaddset(&children, SIGCHLD);
  sigprocmask(SIG_BLOCK, &children, NULL);
  signal(SIGPIPE, SIG_IGN);
  int fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
  if (fd < 0) fail("signals", "");
  return fd;
}

static int run_main(void) {
  report_fd = CONTROL;
  fcntl(CONTROL, F_SETFD, FD_CLOEXEC);
  setsid(); /* the terminal's Ctrl-C is for the starter, which tells us what to do */
  struct spec *spec = read_spec(CONTROL);
  disabled_features = spec->disabled;
  if (spec->allows_devices) forced_attributes = 0;
  close_from(CONTROL + 1);
  int signals = watch_children();
  if (spec->join_network) {
    int network = open(spec->join_network, O_RDONLY | O_CLOEXEC);
    if (network < 0 || setns(network, CLONE_NEWNET) < 0) fail("join network", spec->join_network);
    close(network);
  }
  pid_t child = start_container(spec);
  /* The command's output ends when the container does, whatever the supervisor still has to do. */
  for (int fd = 0; fd <= 2; fd++) close(fd);
  report_pid(child);
  return supervise(spec, child, signals);
}

/* A hook for OCI runtimes: crun mounts the root anew and forgets its flags. */
static int nodev_main(const char *path) {
  char state[4096];
  while (read(STDIN_FILENO, state, sizeof state) > 0) continue; /* crun fails when its writing does */
  add_flags(open_path("/", O_DIRECTORY), path, ATTR_NODEV);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "nodev") == 0) return nodev_main(argv[2]);
  if (argc > 1 && strcmp(argv[1], "unshare") == 0) return unshare_main(argc - 2, argv + 2);
  return run_main();
}
