import { closeSync } from "node:fs";
import type { Socket } from "node:net";
import { makePipe } from "../sys/pipe.ts";

/** The three descriptors of a process, as real pipes: stdin at its end, stdout and stderr to be read. */
export interface StepStdio {
  readonly childFds: readonly [number, number, number];
  /** To be called once the process has its own copies (or could not be started). */
  closeChildFds(): void;
  /** Reads both streams until they end. */
  readInto(onOutput: (stream: "stdout" | "stderr", chunk: Uint8Array) => void): Promise<void>;
  /** Stops reading; `readInto` resolves. */
  stop(): void;
}

export function openStepStdio(): StepStdio {
  const input = makePipe();
  closeSync(input.writeFd);
  const output = makePipe();
  const errors = makePipe();
  const childFds = [input.readFd, output.writeFd, errors.writeFd] as const;
  const sockets: Socket[] = [];
  return {
    childFds,
    closeChildFds: () => {
      for (const fd of childFds) closeSync(fd);
    },
    readInto: async (onOutput) => {
      await Promise.all([
        readStream(output.readFd, sockets, (chunk) => onOutput("stdout", chunk)),
        readStream(errors.readFd, sockets, (chunk) => onOutput("stderr", chunk)),
      ]);
    },
    stop: () => {
      if (sockets.length === 0) for (const { readFd } of [output, errors]) closeSync(readFd);
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function readStream(
  fd: number,
  sockets: Socket[],
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  const { Socket: PipeSocket } = process.getBuiltinModule("node:net");
  const socket = new PipeSocket({ fd, readable: true, writable: false });
  sockets.push(socket);
  await new Promise<void>((resolve) => {
    socket.on("data", onChunk);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => resolve());
  });
}
