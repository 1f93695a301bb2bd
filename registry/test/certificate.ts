import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate for a name, made by openssl; it is its own authority. The file goes when the process ends. */
export function makeCertificate(name: string): {
  readonly authority: string;
  readonly pair: { readonly key: string; readonly cert: string };
} {
  const directory = mkdtempSync(join(tmpdir(), "tsbuild-certificate-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const names = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name},IP:127.0.0.1`];
  execFileSync("openssl", ["req", "-x509", ...kind, ...names, "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  return { authority: cert, pair: { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") } };
}
