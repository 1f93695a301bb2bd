import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A running registry; `host` is what stands before the first slash of a reference. */
export interface DebianRegistry extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** The certificate authority to trust, when TLS was asked for. */
  readonly caFile: string | undefined;
  stop(): Promise<void>;
}

export interface DebianRegistryOptions {
  /** Where blobs are kept; a temporary directory that goes with the registry when left out. */
  readonly directory?: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly tls?: boolean;
  /** A free one when left out. */
  readonly port?: number;
}

const program = "/usr/bin/docker-registry";
const startTimeoutMs = 10_000;

/** Starts Debian's docker-registry on a free loopback port. */
export async function startDebianRegistry(options: DebianRegistryOptions = {}): Promise<DebianRegistry> {
  const temporary =
    options.directory === undefined ? mkdtempSync(join(tmpdir(), "tsbuild-registry-")) : undefined;
  const directory = options.directory ?? temporary ?? "";
  mkdirSync(directory, { recursive: true });
  const port = options.port ?? (await freePort());
  const certificate = options.tls === true ? makeCertificate(directory) : undefined;
  const config = join(directory, "config.yml");
  writeFileSync(config, configuration(directory, port, options, certificate));
  const child = spawn(program, ["serve", config], { stdio: "ignore" });
  // A test that crashes must not leave it running.
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  await listening(child, port);
  const stop = async (): Promise<void> => {
    process.off("exit", end);
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await new Promise((resolve) => child.once("exit", resolve));
    }
    if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
  };
  return { host: `localhost:${port}`, port, caFile: certificate?.ca, stop, [Symbol.asyncDispose]: stop };
}

function configuration(
  directory: string,
  port: number,
  { credentials }: DebianRegistryOptions,
  certificate: { readonly cert: string; readonly key: string } | undefined,
): string {
  const lines = [
    "version: 0.1",
    "log: { level: error, accesslog: { disabled: true } }",
    "storage:",
    `  filesystem: { rootdirectory: ${JSON.stringify(join(directory, "data"))} }`,
    "  delete: { enabled: true }",
    "http:",
    `  addr: 127.0.0.1:${port}`,
  ];
  if (certificate) lines.push(`  tls: { certificate: ${certificate.cert}, key: ${certificate.key} }`);
  if (credentials) {
    const file = join(directory, "htpasswd");
    execFileSync("htpasswd", ["-Bbc", file, credentials.username, credentials.password], { stdio: "ignore" });
    lines.push("auth:", `  htpasswd: { realm: test, path: ${file} }`);
  }
  return `${lines.join("\n")}\n`;
}

/** A self-signed authority that is also the server's certificate, for localhost. */
function makeCertificate(directory: string): { ca: string; cert: string; key: string } {
  const cert = join(directory, "server.crt");
  const key = join(directory, "server.key");
  const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
  if (!existsSync(cert))
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "30",
      ].concat(["-subj", "/CN=localhost", "-addext", names, "-keyout", key, "-out", cert]),
      { stdio: "ignore" },
    );
  return { ca: cert, cert, key };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Resolves when the port answers; rejects when the program ends first or the time is over. */
async function listening(child: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  let failure: Error | undefined;
  child.on("error", (error) => {
    failure = error;
  });
  while (Date.now() < deadline) {
    if (failure) throw failure;
    if (child.exitCode !== null)
      throw new Error(`docker-registry ended with ${child.exitCode} before it listened`);
    if (await answers(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill("SIGKILL");
  throw new Error(`docker-registry did not listen on port ${port} within ${startTimeoutMs} ms`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
