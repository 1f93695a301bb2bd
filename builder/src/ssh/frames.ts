/** OpenSSH's agent takes no longer message either. */
const maxMessageBytes = 256 * 1024;
const lengthBytes = 4;

/** A message of the agent protocol as it goes over a socket: behind its length. */
export function frameMessage(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(lengthBytes + message.length);
  frame.writeUInt32BE(message.length);
  frame.set(message, lengthBytes);
  return frame;
}

/**
 * Puts together the messages of a stream, whatever its chunks are.
 * @throws RangeError on a message that is empty or longer than any agent takes.
 */
export function createFrameReader(onMessage: (message: Buffer) => void): (chunk: Uint8Array) => void {
  let held = Buffer.alloc(0);
  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= lengthBytes) {
      const length = held.readUInt32BE();
      if (length === 0 || length > maxMessageBytes)
        throw new RangeError(`a message of ${length} bytes is none of the agent protocol`);
      if (held.length < lengthBytes + length) return;
      onMessage(held.subarray(lengthBytes, lengthBytes + length));
      held = held.subarray(lengthBytes + length);
    }
  };
}
