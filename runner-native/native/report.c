/* Reports to whoever started the helper: u32 kind, u32 length, payload. Numbers are in the machine's byte order. */
#include "helper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Longer paths are cut: a report is one write, which a stream socket keeps in one piece. */
enum { PAYLOAD_MAX = 8192 };

struct message {
  uint32_t kind, length;
  char payload[PAYLOAD_MAX];
};

int report_fd = -1;

static void add(struct message *message, const void *bytes, size_t count) {
  size_t room = PAYLOAD_MAX - message->length;
  if (count > room) count = room;
  memcpy(message->payload + message->length, bytes, count);
  message->length += (uint32_t)count;
}

static void send_message(const struct message *message) {
  size_t size = offsetof(struct message, payload) + message->length;
  ssize_t written = write(report_fd, message, size);
  (void)written; /* nobody listens any more: then the control descriptor's end stops us */
}

void report_pid(pid_t pid) {
  struct message message = {.kind = REPORT_PID};
  uint32_t number = (uint32_t)pid;
  add(&message, &number, sizeof number);
  send_message(&message);
}

void report_stub(const char *path, bool directory, int64_t seconds, uint32_t nanoseconds) {
  struct message message = {.kind = REPORT_STUB};
  uint32_t is_directory = directory;
  add(&message, &is_directory, sizeof is_directory);
  add(&message, &nanoseconds, sizeof nanoseconds);
  add(&message, &seconds, sizeof seconds);
  add(&message, path, strlen(path));
  send_message(&message);
}

static uint64_t microseconds(struct timeval time) {
  return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_usec;
}

void report_exit(int wait_status, const void *usage_pointer) {
  const struct rusage *usage = usage_pointer;
  struct message message = {.kind = REPORT_EXIT};
  uint32_t code = WIFEXITED(wait_status) ? (uint32_t)WEXITSTATUS(wait_status) : 0;
  uint32_t signal = WIFSIGNALED(wait_status) ? (uint32_t)WTERMSIG(wait_status) : 0;
  uint64_t user = microseconds(usage->ru_utime), system = microseconds(usage->ru_stime);
  uint64_t resident = (uint64_t)usage->ru_maxrss * 1024;
  add(&message, &code, sizeof code);
  add(&message, &signal, sizeof signal);
  add(&message, &user, sizeof user);
  add(&message, &system, sizeof system);
  add(&message, &resident, sizeof resident);
  send_message(&message);
}

_Noreturn void fail(const char *stage, const char *path) { fail_with(errno, stage, path); }

_Noreturn void fail_with(int error, const char *stage, const char *path) {
  if (report_fd < 0) {
    dprintf(STDERR_FILENO, "tsbuild: %s %s: %s\n", stage, path, strerror(error));
    _exit(5);
  }
  struct message message = {.kind = REPORT_ERROR};
  uint32_t number = (uint32_t)error;
  add(&message, &number, sizeof number);
  add(&message, stage, strlen(stage) + 1);
  add(&message, path, strlen(path));
  send_message(&message);
  _exit(125);
}
