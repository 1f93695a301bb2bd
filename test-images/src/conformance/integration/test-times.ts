/** When the served files that say so were changed. */
export const lastModified = "Tue, 14 Nov 2023 22:13:20 GMT";
export const lastModifiedSeconds: number = Date.parse(lastModified) / 1000;

/** The newest file of the served archives. */
export const archiveMaxSeconds = 1_650_000_000;

/** What the tests give as SOURCE_DATE_EPOCH. */
export const epochSeconds = 1_700_000_000;

/** What is given over what a Dockerfile says. */
export const overrideSeconds = 1_600_000_000;
