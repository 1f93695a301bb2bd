import type { BlockList } from "node:net";

/** Whether a request to a host that a reply named may reach it: names of the public Internet only. */
export function isPublicName(hostname: string): boolean {
  const name = hostname.toLowerCase().replace(/\.$/, "");
  const address = unbracketed(name);
  if (address !== undefined) return isPublicAddress(address);
  return name.includes(".") && !privateSuffixes.some((suffix) => name.endsWith(suffix));
}

/** Special-use names (RFC 6761, 6762, 8375) and what clouds call their metadata servers. */
const privateSuffixes = [".localhost", ".local", ".internal", ".home.arpa", ".lan", ".corp", ".intranet"];

/** Whether this is an address of the public Internet; anything that is no address is not. */
export function isPublicAddress(address: string): boolean {
  const { isIP } = process.getBuiltinModule("node:net");
  const family = isIP(address);
  if (family === 4) return !special().check(address, "ipv4");
  if (family !== 6) return false;
  const embedded = embeddedAddress(address);
  return !special().check(address, "ipv6") && (embedded === undefined || !special().check(embedded, "ipv4"));
}

/** The hosts that speak plain HTTP without being asked: this machine. */
export function isLoopbackName(hostname: string): boolean {
  const name = hostname.toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost")) return true;
  const address = unbracketed(name);
  return (
    address !== undefined && (address === "::1" || (address.startsWith("127.") && !address.includes(":")))
  );
}

/** The IP address that a URL's hostname is, without brackets; undefined for a name. */
export function unbracketed(hostname: string): string | undefined {
  const bare = hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
  return process.getBuiltinModule("node:net").isIP(bare) === 0 ? undefined : bare;
}

/** RFC 6890 and its successors: networks that are not the public Internet, metadata services among them. */
const networks: readonly (readonly [string, number, "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["198.51.100.0", 24, "ipv4"],
  ["203.0.113.0", 24, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  // Of IPv6 only 2000::/3 is global unicast; these are the parts of it that are special.
  ["::", 3, "ipv6"],
  ["4000::", 2, "ipv6"],
  ["8000::", 1, "ipv6"],
  ["2001::", 23, "ipv6"],
  ["2001:db8::", 32, "ipv6"],
  ["3fff::", 20, "ipv6"],
];

let cached: BlockList | undefined;

function special(): BlockList {
  if (cached !== undefined) return cached;
  const { BlockList: List } = process.getBuiltinModule("node:net");
  const list = new List();
  for (const [network, prefix, family] of networks) list.addSubnet(network, prefix, family);
  cached = list;
  return list;
}

/** 6to4 (2002:V4::/16) carries an IPv4 address that the packet ends at. */
function embeddedAddress(address: string): string | undefined {
  const groups = address.toLowerCase().split(":");
  if (groups[0] !== "2002") return undefined;
  const number = (text: string | undefined): number => Number.parseInt(text === "" ? "0" : (text ?? "0"), 16);
  const [high, low] = [number(groups[1]), number(groups[2])];
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}
