/** setrlimit(2) resources of Linux on x64 and arm64, by their numbers. */
export const limitNames: readonly string[] =
  "CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME".split(
    " ",
  );
