import { join } from "node:path";
import type { GitRemote } from "@tsbuild/builder";

type Environment = Readonly<Record<string, string | undefined>>;

/** A remote as git is told of it: what it must not show to other users of the machine is in no argument. */
export interface PlainRemote {
  readonly url: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Not to be seen in any message. */
  readonly secrets: readonly string[];
}

/** Nothing that is set for the user or the machine takes part, nothing of a repository runs, nobody is asked. */
const configuration: readonly (readonly [string, string])[] = [
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["core.logAllRefUpdates", "false"],
  ["protocol.file.allow", "never"],
  ["protocol.ext.allow", "never"],
  ["credential.helper", ""],
  ["advice.detachedHead", "false"],
  ["init.defaultBranch", "master"],
  // Both would go on in the background.
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  // A server that says nothing for two minutes is gone.
  ["http.lowSpeedLimit", "1"],
  ["http.lowSpeedTime", "120"],
];

/** Of the user's environment: how to reach servers. */
const passedVariables = [
  "PATH",
  "SSL_CERT_FILE",
  "http_proxy",
  "HTTP_PROXY",
  "https_proxy",
  "HTTPS_PROXY",
  "all_proxy",
  "ALL_PROXY",
  "no_proxy",
  "NO_PROXY",
];

/** Takes credentials out of a remote's URL, and puts them where only git finds them: into its environment. */
export function plainRemote({ url, authorization, agentSocket }: GitRemote, env: Environment): PlainRemote {
  const [, scheme = "", user] = /^([a-z]+:\/\/)(?:([^@/]*)@)?/i.exec(url) ?? [];
  const isWeb = /^https?:/i.test(scheme);
  const plain = isWeb && user !== undefined ? scheme + url.slice(scheme.length + user.length + 1) : url;
  const given = isWeb && user !== undefined ? basic(user, plain) : undefined;
  const header = authorization ?? given;
  const settings = [
    ...configuration,
    ...(header ? [[`http.${header.scope}.extraHeader`, `Authorization: ${header.value}`] as const] : []),
  ];
  return {
    url: plain,
    environment: {
      ...fixedEnvironment(env),
      ...(agentSocket !== undefined && { SSH_AUTH_SOCK: agentSocket }),
      ...configurationVariables(settings),
    },
    secrets: [user ?? "", header?.value ?? ""].filter((secret) => secret !== ""),
  };
}

/** A user in the URL is for all of the server: submodules are named relative to it. */
function basic(user: string, url: string): GitRemote["authorization"] {
  const colon = user.indexOf(":");
  const name = decoded(colon < 0 ? user : user.slice(0, colon));
  const password = colon < 0 ? "" : decoded(user.slice(colon + 1));
  const value = `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
  return { scope: `${url.split("/").slice(0, 3).join("/")}/`, value };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A stray percent sign stands for itself.
    return text;
  }
}

function configurationVariables(settings: readonly (readonly [string, string])[]): NodeJS.ProcessEnv {
  const variables = settings.flatMap(([name, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, name],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(settings.length), ...Object.fromEntries(variables) } as NodeJS.ProcessEnv;
}

function fixedEnvironment(env: Environment): NodeJS.ProcessEnv {
  const passed = passedVariables.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  const certificates = env["SSL_CERT_FILE"];
  return {
    ...(Object.fromEntries(passed) as NodeJS.ProcessEnv),
    ...(certificates !== undefined && certificates !== "" && { GIT_SSL_CAINFO: certificates }),
    HOME: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TEMPLATE_DIR: "",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "http:https:git:ssh",
    GIT_SSH_COMMAND: sshCommand(env),
    LC_ALL: "C",
  };
}

/** Keys come from the agent alone, as the build was given them; a host must be known to the user. */
function sshCommand(env: Environment): string {
  const known = join(env["HOME"] ?? "/root", ".ssh/known_hosts");
  return `ssh -F /dev/null -o BatchMode=yes -o IdentityFile=none -o ConnectTimeout=60 -o ServerAliveInterval=30 -o UserKnownHostsFile='${known.replaceAll("'", String.raw`'\''`)}'`;
}
