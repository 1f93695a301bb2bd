import assert from "node:assert/strict";
import { test } from "node:test";
import { authorizationFor, httpSeconds } from "./remote-headers.ts";

const seconds = Date.UTC(1994, 10, 6, 8, 49, 37) / 1000;

for (const [name, text, expected] of [
  ["the form of today", "Sun, 06 Nov 1994 08:49:37 GMT", seconds],
  ["RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", seconds],
  ["asctime", "Sun Nov  6 08:49:37 1994", seconds],
  ["before 1970", "Wed, 31 Dec 1969 23:59:59 GMT", -1],
  ["another zone is no HTTP date", "Sun, 06 Nov 1994 08:49:37 +0100", undefined],
  ["a year alone", "1994", undefined],
  ["no such month", "Sun, 06 Foo 1994 08:49:37 GMT", undefined],
  ["nothing", undefined, undefined],
] as const)
  test(`a date of HTTP: ${name}`, () => assert.equal(httpSeconds(text), expected));

const header = { HTTP_AUTH_HEADER_localhost: () => Buffer.from("Basic abc\n") };
const token = { HTTP_AUTH_TOKEN_localhost: () => Buffer.from("t0k") };

for (const [name, secrets, expected] of [
  ["a header", header, "Basic abc"],
  ["a token", token, "Bearer t0k"],
  ["a token goes before a header", { ...header, ...token }, "Bearer t0k"],
  ["of another host", { HTTP_AUTH_TOKEN_other: () => Buffer.from("x") }, undefined],
] as const)
  test(`the secret for a URL: ${name}`, () =>
    assert.equal(authorizationFor("http://localhost:8080/x", secrets), expected));
