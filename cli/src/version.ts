/** The version of every package here: they are released in lockstep. */
export const version: string = "0.1.0";
