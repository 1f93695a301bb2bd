import {
  formatPlatformFully,
  isSamePlatform,
  normalizePlatform,
  type Platform,
  parsePlatform,
  platformRank,
} from "@tsbuild/layers";
import { type ConformanceSet, readJson, resultOf, type Row } from "../row.ts";

/** The machine that Go's test would run on. */
const host = { os: "linux", architecture: "amd64" };

interface GoPlatform {
  readonly OS: string;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly OSVersion?: string;
  readonly OSFeatures?: readonly string[];
}

interface Tables {
  readonly "TestParseSelector/range": readonly {
    skip?: boolean;
    input: string;
    expected: GoPlatform;
    formatted: string;
    matches?: readonly GoPlatform[];
  }[];
  readonly "TestParseSelectorInvalid/range": readonly { input: string }[];
  readonly "TestOnly/range": readonly MatchRow[];
  readonly "TestOnlyStrict/range": readonly MatchRow[];
  readonly "TestFormatAllEncoding/range": readonly { platform: GoPlatform; expected: string }[];
}

interface MatchRow {
  readonly platform: string;
  readonly matches: Readonly<Record<"true" | "false", readonly string[] | undefined>>;
}

/** The rows leave to run time what the machine says. */
function filledIn(text: string | undefined): string {
  return (text ?? "")
    .replace("runtime.GOOS", host.os)
    .replace("runtime.GOARCH", host.architecture)
    .replace("cpuVariant()", "");
}

function fromGo(platform: GoPlatform): Platform {
  const variant = filledIn(platform.Variant);
  return {
    os: filledIn(platform.OS),
    architecture: filledIn(platform.Architecture),
    ...(variant !== "" && { variant }),
    ...(platform.OSVersion && { "os.version": platform.OSVersion }),
    ...(platform.OSFeatures && { "os.features": platform.OSFeatures }),
  };
}

/** `path.Join("linux", defaultArch)` as the test would compute it. */
function formatted(text: string): string {
  const call = /^path\.Join\((.*)\)$/.exec(text)?.[1];
  if (call === undefined) return text;
  const words: Readonly<Record<string, string>> = {
    defaultOS: host.os,
    defaultArch: host.architecture,
    defaultVariant: "",
  };
  return call
    .split(", ")
    .map((part) => words[part] ?? part.slice(1, -1))
    .filter((part) => part !== "")
    .join("/");
}

const platforms: ConformanceSet = {
  name: "buildkit-unit/platforms",
  needs: "buildkit-unit/platforms.json",
  rows: (data) => {
    const tables = readJson<Tables>(data, "buildkit-unit/platforms.json");
    return [
      ...tables["TestParseSelector/range"]
        .filter(({ skip }) => skip !== true)
        .map(
          ({ input, expected, formatted: text, matches = [] }): Row => ({
            name: `parse ${input}`,
            actual: resultOf(() => {
              const platform = parsePlatform(input, host);
              const same = matches.map((other) => isSame(platform, normalizePlatform(fromGo(other))));
              return [platform, formatPlatformFully(platform), same];
            }),
            expected: [fromGo(expected), formatted(text), matches.map(() => true)],
          }),
        ),
      ...tables["TestParseSelectorInvalid/range"].map(
        ({ input }): Row => ({
          name: `refuse ${input}`,
          actual: resultOf(() => parsePlatform(input, host)),
          expected: { error: true },
        }),
      ),
      ...tables["TestFormatAllEncoding/range"].map(
        ({ platform, expected }): Row => ({
          name: `format ${expected}`,
          actual: formatPlatformFully(fromGo(platform)),
          expected,
        }),
      ),
      ...tables["TestOnly/range"].map((row) =>
        matchRow("only", row, (wanted, offered) => platformRank(wanted, offered) !== undefined),
      ),
      ...tables["TestOnlyStrict/range"].map((row) => matchRow("strict", row, isSame)),
    ];
  },
};

function isSame(left: Platform, right: Platform): boolean {
  return isSamePlatform(normalizePlatform(left), normalizePlatform(right));
}

function matchRow(
  kind: string,
  { platform, matches }: MatchRow,
  accepts: (wanted: Platform, offered: Platform) => boolean,
): Row {
  const wanted = parsePlatform(platform, host);
  const judged = (names: readonly string[] | undefined): readonly (readonly [string, boolean])[] =>
    (names ?? []).map((name) => [name, accepts(wanted, parsePlatform(name, host))]);
  const expected = (names: readonly string[] | undefined, value: boolean): readonly unknown[] =>
    (names ?? []).map((name) => [name, value]);
  return {
    name: `${kind} ${platform}`,
    actual: [judged(matches.true), judged(matches.false)],
    expected: [expected(matches.true, true), expected(matches.false, false)],
  };
}

export const platformSets: readonly ConformanceSet[] = [platforms];
