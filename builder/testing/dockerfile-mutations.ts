import { type Chance, oneOf } from "./chance.ts";
import { fragments, lines, samples, strangeCharacters } from "./dockerfile-samples.ts";

/** One change of a text that looks like a Dockerfile. */
type Mutation = (text: string, chance: Chance) => string;

/** A text put together from what Dockerfiles are made of, then changed where it hurts. `seeds` are files to start from. */
export function mutatedDockerfile(chance: Chance, seeds: readonly string[] = samples): string {
  let text = startingText(chance, seeds);
  for (let rounds = chance(6); rounds > 0; rounds--) text = oneOf(chance, mutations)(text, chance);
  return text;
}

/** The same as bytes, a few of them wrong. */
export function mutatedBytes(chance: Chance, seeds?: readonly string[]): Uint8Array {
  const bytes = Buffer.from(mutatedDockerfile(chance, seeds));
  for (let changes = chance(8); changes > 0 && bytes.length > 0; changes--)
    bytes[chance(bytes.length)] = chance(256);
  return bytes;
}

function startingText(chance: Chance, seeds: readonly string[]): string {
  const kind = chance(3);
  if (kind === 0) return oneOf(chance, seeds);
  const separator = kind === 1 ? "\n" : oneOf(chance, ["", " "]);
  const parts = Array.from({ length: chance(24) }, () =>
    oneOf(chance, chance(8) < (separator === "\n" ? 7 : 1) ? lines : fragments),
  );
  return `${chance(4) === 0 ? "" : "FROM scratch\n"}${parts.join(separator)}`;
}

const mutations: readonly Mutation[] = [
  onTokens((tokens, chance) => swap(tokens, chance)),
  onTokens((tokens, chance) => tokens.toSpliced(chance(tokens.length), 1)),
  onTokens((tokens, chance) => tokens.toSpliced(chance(tokens.length), 0, oneOf(chance, tokens))),
  onTokens((tokens, chance) => tokens.toSpliced(chance(tokens.length), 1, oneOf(chance, fragments))),
  onTokens((tokens, chance) => changeOne(tokens, chance, (token) => wrap(token, chance))),
  onTokens((tokens, chance) => changeOne(tokens, chance, (token) => repeat(token, chance))),
  onTokens((tokens, chance) => changeOne(tokens, chance, (token) => changeNumber(token, chance))),
  onLines((all, chance) => swap(all, chance)),
  onLines((all, chance) => all.toSpliced(chance(all.length), 1)),
  onLines((all, chance) => all.toSpliced(chance(all.length), 0, oneOf(chance, [...all, ...lines]))),
  onLines((all, chance) => changeOne(all, chance, (line) => `${"ONBUILD ".repeat(1 + chance(6))}${line}`)),
  onLines((all, chance) => changeOne(all, chance, (line) => withFlag(line, chance))),
  onLines((all, chance) => changeOne(all, chance, (line) => changeCase(line, chance))),
  onLines((all, chance) => withHeredoc(all, chance)),
  onLines((all, chance) => changeOne(all, chance, (line) => repeat(`${line}\n`, chance))),
  (text, chance) => insert(text, chance, oneOf(chance, strangeCharacters)),
  (text, chance) => insert(text, chance, oneOf(chance, fragments)),
  (text, chance) => insert(text, chance, oneOf(chance, ["\\\n", "`\n", "\\\n\n", "\\ \n#x\n"])),
  (text, chance) => insert(text, chance, "${A:-".repeat(1 + chance(250))),
  (text, chance) => repeatPart(text, chance),
  (text, chance) => text.slice(0, chance(text.length + 1)),
  (text, chance) => text.slice(0, chance(text.length + 1)) + tail(oneOf(chance, samples), chance),
  (text) => text.replaceAll("\n", "\r\n"),
  (text, chance) => text.replace(/\n/g, () => oneOf(chance, ["\n", "\r", "\r\n", "\n\r"])),
  (text) => `\ufeff${text}`,
  (text) => `# escape=\`\n${text.replaceAll("\\", "`")}`,
  (text, chance) => `${oneOf(chance, fragments)}${text}`,
];

/** Changes the words of a text; the blanks between them stay. */
function onTokens(change: (tokens: readonly string[], chance: Chance) => readonly string[]): Mutation {
  return (text, chance) => (text === "" ? text : change(text.split(/(?<=[ \t\n=,:])/), chance).join(""));
}

function onLines(change: (lines: readonly string[], chance: Chance) => readonly string[]): Mutation {
  return (text, chance) => change(text.split("\n"), chance).join("\n");
}

function swap(items: readonly string[], chance: Chance): readonly string[] {
  const [left, right] = [chance(items.length), chance(items.length)];
  return items.with(left, items[right] ?? "").with(right, items[left] ?? "");
}

function changeOne(
  items: readonly string[],
  chance: Chance,
  change: (item: string) => string,
): readonly string[] {
  const index = chance(items.length);
  return items.with(index, change(items[index] ?? ""));
}

const wrappings = [
  ['"', '"'],
  ["'", "'"],
  ['"', ""],
  ["${", "}"],
  ["${A:-", "}"],
  ["${A#", "}"],
  ["${", ""],
  ["[", "]"],
  ['["', '"]'],
  ["$", ""],
  ["\\", ""],
  ["<<", ""],
  ["--", "="],
] as const;

function wrap(token: string, chance: Chance): string {
  const [before, after] = oneOf(chance, wrappings);
  return before + token + after;
}

/** Longer repetitions of one piece are cut. */
const maxRepeatedCharacters = 20_000;

/** Mostly a few times, sometimes many. */
function repeat(text: string, chance: Chance): string {
  const times = 1 << chance(chance(8) === 0 ? 13 : 5);
  return text.repeat(Math.max(1, Math.min(times, Math.floor(maxRepeatedCharacters / (text.length + 1)))));
}

function repeatPart(text: string, chance: Chance): string {
  const start = chance(text.length + 1);
  const end = Math.min(text.length, start + 1 + chance(10));
  return text.slice(0, start) + repeat(text.slice(start, end), chance) + text.slice(end);
}

const numbers: readonly string[] = [
  "-1",
  "0",
  "00",
  "65536",
  "4294967296",
  "1e999",
  "9".repeat(40),
  "1.5",
  "\u0663",
];

function changeNumber(token: string, chance: Chance): string {
  const number = oneOf(chance, numbers);
  return /\d/.test(token) ? token.replace(/\d+/, number) : token + number;
}

const flags: readonly string[] = fragments.filter((fragment) => fragment.startsWith("--"));

function withFlag(line: string, chance: Chance): string {
  const flag = oneOf(chance, flags);
  return line.replace(/^\s*\S+/, (keyword) => `${keyword} ${flag}`);
}

function changeCase(line: string, chance: Chance): string {
  const change = chance(2) === 0 ? /\w+/ : /\w/;
  return line.replace(change, (word) => word.toLowerCase());
}

function withHeredoc(all: readonly string[], chance: Chance): readonly string[] {
  const index = chance(all.length);
  const name = oneOf(chance, ["EOF", "E", "a b", "1"]);
  const opening = oneOf(chance, ["<<", "<<-", "<< ", "3<<", "<<<"]);
  const quote = oneOf(chance, ["", "'", '"']);
  const body = oneOf(chance, [["$A\\", "\t'x", name], [name], [`${name} `], []]);
  const line = `${all[index] ?? ""} ${opening}${quote}${name}${quote}`;
  return all.toSpliced(index, 1, line, ...body);
}

function insert(text: string, chance: Chance, piece: string): string {
  const at = chance(text.length + 1);
  return text.slice(0, at) + piece + text.slice(at);
}

function tail(text: string, chance: Chance): string {
  return text.slice(chance(text.length + 1));
}
