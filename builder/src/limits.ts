/** A Dockerfile of this size or larger is refused before it is read further. */
export const maxDockerfileBytes: number = 1024 * 1024;

/** BuildKit's scanner buffer: a line of this many bytes (without its newline) is too long. */
export const maxLineBytes: number = 64 * 1024;

/** One expanded word. Linux itself refuses an argument or variable above 128 KiB. */
export const maxWordCharacters: number = 1024 * 1024;

/** All variables of one stage together: repeated doubling (`ENV A=$A$A`) stops here. */
export const maxEnvironmentCharacters: number = 4 * 1024 * 1024;

/**
 * What all words, variables and history texts of one lowering may come to, in characters and entries. Real files
 * need a thousandth of it; files made to grow (each RUN lists all ARGs, each stage copies its base) stop here.
 */
export const maxLoweringWork: number = 64 * 1024 * 1024;

/** The longest path that Linux takes. */
export const maxPathCharacters: number = 4096;

/** Problems that are collected before the rest of a file is left alone. */
export const maxProblems: number = 100;

/** Warnings that checks collect of one file: who has more reads no further. */
export const maxWarnings: number = 1000;

/** `${a:-${b:-…}}` nested deeper than this is refused: recursion is bounded. */
export const maxExpansionDepth: number = 200;

/** Comparisons one `${v#pattern}` may take: a pattern that needs more is refused. */
export const maxPatternSteps: number = 20_000_000;
