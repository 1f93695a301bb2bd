import { Problem } from "../problem.ts";
import { quote } from "../expand/quote.ts";

/** One word of EXPOSE, read. */
export interface ExposedPorts {
  /** `80/tcp`, one for each port of a range. */
  readonly ports: readonly string[];
  /** A host address or port stood before it, which EXPOSE ignores. */
  readonly hasHost: boolean;
  /** The protocol was written with capitals. */
  readonly protocol: string;
}

const protocols: ReadonlySet<string> = new Set(["tcp", "udp", "sctp"]);

/**
 * Reads `[[ip:]hostPort:]port[-port][/protocol]`; what is before the last colon is only checked.
 * @throws Problem
 */
export function parsePorts(text: string): ExposedPorts {
  const slash = text.lastIndexOf("/");
  const protocol = slash < 0 ? "tcp" : text.slice(slash + 1) || "tcp";
  const address = slash < 0 ? text : text.slice(0, slash);
  const colon = address.lastIndexOf(":");
  const container = address.slice(colon + 1);
  if (container === "")
    throw new Problem(`invalid port: ${quote(text)}: no port specified`, { hint: "write EXPOSE 8080" });
  const [start, end] = rangeOfPorts(container, "containerPort");
  if (!protocols.has(protocol.toLowerCase()))
    throw new Problem(`invalid proto: ${protocol}`, { hint: "protocols are tcp, udp and sctp" });
  if (colon >= 0) checkHost(address.slice(0, colon), { start, end, container });
  const ports: string[] = [];
  for (let port = start; port <= end; port++) ports.push(`${port}/${protocol.toLowerCase()}`);
  return { ports, hasHost: colon >= 0, protocol };
}

interface ContainerRange {
  readonly start: number;
  readonly end: number;
  readonly container: string;
}

function checkHost(host: string, { start, end, container }: ContainerRange): void {
  const colon = host.lastIndexOf(":");
  const hostPort = host.slice(colon + 1);
  const ip = colon < 0 ? "" : host.slice(0, colon);
  if (ip !== "" && !isAddress(ip)) throw new Problem(`invalid IP address: ${ip}`);
  if (hostPort === "") return;
  const [hostStart, hostEnd] = rangeOfPorts(hostPort, "hostPort");
  // Several host ports for one container port are a choice; otherwise the ranges must be equally long.
  if (hostEnd - hostStart !== end - start && end !== start)
    throw new Problem(`invalid ranges specified for container and host Ports: ${container} and ${hostPort}`);
}

function rangeOfPorts(text: string, what: string): readonly [number, number] {
  const dash = text.indexOf("-");
  const start = portNumber(dash < 0 ? text : text.slice(0, dash));
  const end = dash < 0 ? start : portNumber(text.slice(dash + 1));
  if (start === undefined || end === undefined || end < start)
    throw new Problem(`invalid ${what}: ${text}`, {
      hint: "a port is a number from 0 to 65535, or two with a dash",
    });
  return [start, end];
}

function portNumber(text: string): number | undefined {
  if (!/^\d{1,8}$/.test(text)) return undefined;
  const port = Number(text);
  return port <= 65535 ? port : undefined;
}

const bracketed = /^\[(.*)\]$/;

function isAddress(text: string): boolean {
  const inner = bracketed.exec(text)?.[1] ?? text;
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(inner)) return inner.split(".").every((part) => Number(part) <= 255);
  return inner.includes(":") && /^[0-9a-fA-F:.]*(%.+)?$/.test(inner);
}
