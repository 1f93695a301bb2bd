/** A row that we differ from on purpose. One that would pass fails the run: it is to be removed. */
export interface Exception {
  readonly set: string;
  /** The row's name. */
  readonly row: string;
  readonly reason: string;
}

export const exceptions: readonly Exception[] = [];
