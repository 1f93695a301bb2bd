import assert from "node:assert/strict";
import test from "node:test";
import { isLoopbackName, isPublicAddress, isPublicName } from "./address.ts";

for (const [name, address, expected] of [
  ["a public IPv4 address", "1.1.1.1", true],
  ["a public IPv6 address", "2606:4700:4700::1111", true],
  ["this host", "0.0.0.0", false],
  ["private 10/8", "10.1.2.3", false],
  ["the last of 172.16/12", "172.31.255.255", false],
  ["the first behind 172.16/12", "172.32.0.0", true],
  ["private 192.168/16", "192.168.0.1", false],
  ["shared 100.64/10", "100.64.0.1", false],
  ["loopback", "127.8.9.10", false],
  ["the metadata service", "169.254.169.254", false],
  ["multicast", "224.0.0.1", false],
  ["broadcast", "255.255.255.255", false],
  ["IPv6 loopback", "::1", false],
  ["IPv6 unspecified", "::", false],
  ["IPv4 in IPv6", "::ffff:127.0.0.1", false],
  ["public IPv4 in IPv6", "::ffff:1.1.1.1", false],
  ["NAT64 of a private address", "64:ff9b::10.0.0.1", false],
  ["6to4 of a private address", "2002:a00:1::", false],
  ["6to4 of loopback", "2002:7f00:0001::1", false],
  ["link-local", "fe80::1", false],
  ["unique local, the metadata service", "fd00:ec2::254", false],
  ["IPv6 multicast", "ff02::1", false],
  ["documentation", "2001:db8::1", false],
  ["no address", "example.com", false],
  ["nothing", "", false],
] as const)
  test(`${name} is ${expected ? "" : "not "}public: ${address}`, () => {
    assert.equal(isPublicAddress(address), expected);
  });

for (const [hostname, expected] of [
  ["auth.docker.io", true],
  ["1.1.1.1", true],
  ["[2606:4700:4700::1111]", true],
  ["localhost", false],
  ["a.localhost", false],
  ["metadata", false],
  ["metadata.google.internal", false],
  ["metadata.google.internal.", false],
  ["printer.local", false],
  ["10.0.0.1", false],
  ["[::1]", false],
] as const)
  test(`the name ${hostname} is ${expected ? "" : "not "}public`, () => {
    assert.equal(isPublicName(hostname), expected);
  });

for (const [hostname, expected] of [
  ["localhost", true],
  ["LOCALHOST", true],
  ["registry.localhost", true],
  ["127.0.0.1", true],
  ["127.255.0.9", true],
  ["[::1]", true],
  ["127.0.0.1.example.com", false],
  ["localhost.example.com", false],
  ["128.0.0.1", false],
] as const)
  test(`${hostname} ${expected ? "may" : "may not"} speak plain HTTP unasked`, () => {
    assert.equal(isLoopbackName(hostname), expected);
  });
