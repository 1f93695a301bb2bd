import type { Token } from "./place.ts";

/** Something wrong with a Dockerfile, before it is known which file and line: never leaves this folder. */
export class Problem extends Error {
  readonly token: Token | undefined;
  readonly hint: string | undefined;
  /** A limit is reached: what follows is not read. */
  readonly isLimit: boolean;

  constructor(
    sentence: string,
    {
      token,
      hint,
      isLimit = false,
    }: {
      readonly token?: Token | undefined;
      readonly hint?: string | undefined;
      readonly isLimit?: boolean;
    } = {},
  ) {
    super(sentence);
    this.token = token;
    this.hint = hint;
    this.isLimit = isLimit;
  }
}
