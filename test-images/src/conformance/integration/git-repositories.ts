import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { commitSeconds, makeRepository, type TestRepository } from "../../git/repository.ts";
import type { ServedFile, WebServer } from "./web-server.ts";

type Values = ReadonlyMap<string, string>;

interface Making {
  readonly server: WebServer;
  /** Makes an empty repository in a directory of its own. */
  readonly make: (name: string) => TestRepository;
}

/**
 * Makes the repositories of a test and serves them as the test's program does: as plain files, which git calls the dumb protocol.
 * @returns the values of the test's expressions
 */
export function repositoryValues(test: string, server: WebServer, directory: string): Values {
  const making = { server, make: (name: string) => makeRepository(join(directory, name)) };
  return new Map(Object.entries(repositories[test]?.(making) ?? {}));
}

const repositories: Readonly<Record<string, (making: Making) => Readonly<Record<string, string>>>> = {
  testAddGit: (making) => {
    const commits = taggedCommits(making, 3);
    return {
      commitHashV2: commits[1] ?? "",
      commitHashV3: commits[2] ?? "",
      serverURL: making.server.address,
    };
  },
  testAddGitChecksumCache: (making) => {
    const commits = taggedCommits(making, 2);
    return { commitHash: commits[1] ?? "", serverURL: making.server.address };
  },
  testGitQueryString: queriedRepository,
  testDockerfileFromGit: ({ server, make }) => {
    const repository = make("main");
    const dockerfile =
      "FROM busybox AS build\nRUN echo -n fromgit > foo\nFROM scratch\nCOPY --from=build foo bar\n";
    repository.commit("initial", { Dockerfile: dockerfile });
    repository.git("branch", "first");
    repository.commit("second", { Dockerfile: `${dockerfile}COPY --from=build foo bar2\n` });
    serveRepository(server, repository);
    return { "server.URL": server.address };
  },
  testSourceDateEpochContextGit: ({ server, make }) => {
    const repository = make("main");
    repository.commit("initial", { Dockerfile: "FROM scratch\nCOPY Dockerfile /\n" });
    serveRepository(server, repository);
    return { "server.URL": server.address, "commitTime.Unix()": String(commitSeconds) };
  },
};

/** `v0.0.1` and so on, each a commit with another content. */
function taggedCommits({ server, make }: Making, count: number): readonly string[] {
  const repository = make("main");
  const commits = Array.from({ length: count }, (_, index) => {
    const tag = `v0.0.${index + 1}`;
    const commit = repository.commit(tag, { foo: `foo of ${tag}\n` });
    repository.git("tag", tag);
    return commit;
  });
  serveRepository(server, repository);
  return commits;
}

function queriedRepository({ server, make }: Making): Readonly<Record<string, string>> {
  const module = make("module");
  const moduleCommit = module.commit("initial", { file: "123\n" });
  serveRepository(server, module, "/module");
  const repository = make("main");
  const dockerfile = `FROM scratch AS withgit
COPY .git/HEAD out
FROM scratch AS withsubmod
COPY submod/file out
FROM scratch
COPY foo out
`;
  const modules = `[submodule "submod"]\n\tpath = submod\n\turl = ${server.address}/module/.git\n`;
  repository.submodule("submod", moduleCommit);
  repository.commit("initial", { Dockerfile: dockerfile, foo: "base\n", ".gitmodules": modules });
  repository.git("tag", "v0.0.1");
  repository.git("branch", "base");
  repository.commit("feature", { foo: "feature\n", "sub/foo": "subfeature\n", "sub/Dockerfile": dockerfile });
  repository.git("branch", "feature");
  repository.git("checkout", "--quiet", "-B", "master", "base");
  const second = repository.commit("v0.0.2", { foo: "v0.0.2\n" });
  repository.git("tag", "v0.0.2");
  const latest = repository.commit("latest", { foo: "latest\n" });
  repository.git("tag", "latest");
  serveRepository(server, repository);
  return {
    serverURL: server.address,
    commitHashV2: second,
    "commitHashV2[:8]": second.slice(0, 8),
    commitHashLatest: latest,
    "commitHashLatest[:8]": latest.slice(0, 8),
  };
}

function serveRepository(server: WebServer, repository: TestRepository, below = ""): void {
  repository.git("update-server-info");
  const root = repository.directory;
  const files = new Map<string, ServedFile>();
  for (const entry of readdirSync(join(root, ".git"), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(`${below}/${relative(root, path)}`, { content: readFileSync(path, "latin1") });
  }
  // What git asks first, to find out that the server does not know it.
  const refs = files.get(`${below}/.git/info/refs`);
  if (refs !== undefined) files.set(`${below}/.git/info/refs?service=git-upload-pack`, refs);
  server.serve(files);
}
