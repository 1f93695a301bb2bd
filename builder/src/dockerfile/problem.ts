import type { Token } from "./place.ts";

/** Something wrong with a Dockerfile, before it is known which file and line: never leaves this folder. */
export class Problem extends Error {
  readonly token: Token | undefined;
  readonly hint: string | undefined;

  constructor(
    sentence: string,
    { token, hint }: { readonly token?: Token | undefined; readonly hint?: string | undefined } = {},
  ) {
    super(sentence);
    this.token = token;
    this.hint = hint;
  }
}
