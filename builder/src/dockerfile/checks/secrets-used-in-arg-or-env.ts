import { quote } from "../expand/quote.ts";
import { type Place, type Report, type Rule, rule } from "./rule.ts";

export const secretsUsedInArgOrEnv: Rule = rule(
  "SecretsUsedInArgOrEnv",
  "Sensitive data should not be used in the ARG or ENV commands",
);

const secret = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const harmless = /(?:_|^)(?:public|file|version)(?:_|$)/i;

export function checkSecretsUsedInArgOrEnv(
  at: Place,
  { keyword, name }: { readonly keyword: "ARG" | "ENV"; readonly name: string },
  report: Report,
): void {
  if (secret.test(name) && !harmless.test(name))
    report(
      secretsUsedInArgOrEnv,
      `Do not use ARG or ENV instructions for sensitive data (${keyword} ${quote(name)})`,
      at,
    );
}
