import type { ChildProcess } from "node:child_process";
import type { TsbuildError } from "@tsbuild/layers";
import { registryError } from "../errors.ts";
import type { Credentials } from "./credentials.ts";
import { Secret } from "./secret.ts";

export interface HelperRequest {
  /** From the config file: the program is docker-credential-NAME. */
  readonly name: string;
  readonly server: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/** Undefined when the helper has nothing for that server. */
export type HelperRunner = (request: HelperRequest) => Promise<Credentials | undefined>;

const helperTimeoutMs = 30_000;
const maxOutputBytes = 64 * 1024;
/** What a helper needs to find its keyring, its cloud account or its agent; nothing else leaks into it. */
const passedVariables =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_ALL|TMPDIR|DISPLAY|WAYLAND_DISPLAY|DBUS_SESSION_BUS_ADDRESS|XDG_[A-Z_]+|GNUPGHOME|GPG_TTY|PASSWORD_STORE_DIR|DOCKER_CONFIG|AWS_[A-Z0-9_]+|AZURE_[A-Z0-9_]+|GOOGLE_[A-Z0-9_]+|CLOUDSDK_[A-Z0-9_]+|(HTTPS?|NO)_PROXY|(https?|no)_proxy|SSL_CERT_FILE)$/;

/** Asks a docker credential helper (docker-credential-helpers: `get`, server on stdin, JSON on stdout). Its output is never shown. */
export async function runHelper(request: HelperRequest): Promise<Credentials | undefined> {
  const { name, server } = request;
  if (!/^[a-z0-9_-]+$/.test(name))
    throw registryError(
      "CREDENTIALS_INVALID",
      `${JSON.stringify(name.slice(0, 100))} is no name of a credential helper`,
      { hint: "credsStore and credHelpers hold names of a-z, 0-9, _ and -" },
    );
  const { code, output } = await run(request);
  // Each helper says in words of its own that it has nothing; this is how docker tells it from a failure.
  if (code !== 0 && output.includes("credentials not found")) return undefined;
  if (code !== 0) throw failed(name, server, `it ended with code ${code}`);
  return readAnswer(output, name, server);
}

function readAnswer(output: string, name: string, server: string): Credentials | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    throw failed(name, server, "its answer is no JSON");
  }
  const { Username: username, Secret: secret } = (answer ?? {}) as { Username?: unknown; Secret?: unknown };
  if (typeof username !== "string" || typeof secret !== "string")
    throw failed(name, server, "its answer has no Username and Secret");
  if (secret === "") return undefined;
  if (username === "<token>") return { kind: "refresh-token", token: new Secret(secret) };
  return { kind: "password", username, password: new Secret(secret) };
}

async function run({
  name,
  server,
  environment,
  signal,
  timeoutMs = helperTimeoutMs,
}: HelperRequest): Promise<{
  readonly code: number | null;
  readonly output: string;
}> {
  signal.throwIfAborted();
  const { spawn } = process.getBuiltinModule("node:child_process");
  const env = Object.fromEntries(Object.entries(environment).filter(([key]) => passedVariables.test(key)));
  const child = spawn(`docker-credential-${name}`, ["get"], {
    env,
    cwd: "/",
    stdio: ["pipe", "pipe", "ignore"],
  });
  const output: Buffer[] = [];
  let size = 0;
  let trouble: string | undefined;
  const stop = (why: string): void => {
    trouble ??= why;
    child.kill("SIGKILL");
    child.stdout.destroy();
  };
  const timer = setTimeout(() => stop(`it took longer than ${timeoutMs / 1000} s`), timeoutMs);
  const onAbort = (): void => stop("cancelled");
  signal.addEventListener("abort", onAbort, { once: true });
  child.stdout.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxOutputBytes) stop(`it wrote more than ${maxOutputBytes} bytes`);
    else output.push(chunk);
  });
  // A helper that does not read its input closes the pipe early: its answer counts.
  child.stdin.on("error", () => {});
  child.stdin.end(`${server}\n`);
  try {
    const code = await ended(child, name, server);
    signal.throwIfAborted();
    if (trouble !== undefined) throw failed(name, server, trouble);
    return { code, output: Buffer.concat(output).toString("utf8") };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

function ended(child: ChildProcess, name: string, server: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        failed(name, server, error.code === "ENOENT" ? "it is not installed" : (error.code ?? "it failed")),
      ),
    );
    child.once("close", resolve);
  });
}

function failed(name: string, server: string, why: string): TsbuildError {
  return registryError("CREDENTIAL_HELPER_FAILED", `docker-credential-${name} for ${server}: ${why}`, {
    hint: "docker's config.json names this program under credsStore or credHelpers",
  });
}
