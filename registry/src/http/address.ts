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
  if (family === 4) return !isSpecial(address, "ipv4");
  if (family !== 6) return false;
  const embedded = embeddedAddress(address);
  return !isSpecial(address, "ipv6") && (embedded === undefined || !isSpecial(embedded, "ipv4"));
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
const special4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

/** Of IPv6 only 2000::/3 is global unicast; the last ones are the parts of it that are special. */
const special6: readonly (readonly [string, number])[] = [
  ["::", 3],
  ["4000::", 2],
  ["8000::", 1],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["3fff::", 20],
];

const cached: Partial<Record<"ipv4" | "ipv6", BlockList>> = {};

/** One list per family: a BlockList takes an IPv4 address for its IPv6-mapped form, which is in ::/3. */
function isSpecial(address: string, family: "ipv4" | "ipv6"): boolean {
  let list = cached[family];
  if (list === undefined) {
    list = new (process.getBuiltinModule("node:net").BlockList)();
    for (const [network, prefix] of family === "ipv4" ? special4 : special6)
      list.addSubnet(network, prefix, family);
    cached[family] = list;
  }
  return list.check(address, family);
}

/** 6to4 (2002:V4::/16) carries an IPv4 address that the packet ends at. */
function embeddedAddress(address: string): string | undefined {
  const groups = address.toLowerCase().split(":");
  if (groups[0] !== "2002") return undefined;
  const number = (text: string | undefined): number => Number.parseInt(text === "" ? "0" : (text ?? "0"), 16);
  const [high, low] = [number(groups[1]), number(groups[2])];
  return `${high >> 8}.${high & 0xff}.${low >> 8}.${low & 0xff}`;
}
