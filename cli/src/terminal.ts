/** What a command has of the world around it; made once in main, replaced in tests. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly outBytes: (chunk: Uint8Array) => Promise<void>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether stderr is a terminal a person looks at. */
  readonly isTty: boolean;
  /** Whether stdout is one: nobody wants an archive there. */
  readonly isOutTty: boolean;
  readonly columns: number;
  readonly stdin: () => AsyncIterable<Uint8Array>;
  /** Aborted by the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
}

export function processTerminal(signal: AbortSignal): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outBytes: (chunk) =>
      new Promise((resolve, reject) => {
        process.stdout.write(chunk, (error) => (error ? reject(error) : resolve()));
      }),
    env: process.env,
    cwd: process.cwd(),
    isTty: process.stderr.isTTY === true,
    isOutTty: process.stdout.isTTY === true,
    columns: process.stderr.columns ?? 80,
    stdin: () => process.stdin,
    signal,
  };
}
