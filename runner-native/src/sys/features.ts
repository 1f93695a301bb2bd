import { runnerError } from "../errors.ts";

/** Every kernel feature that has a fallback, with what stands in for it when it is missing or switched off. */
export const kernelFeatures = {
  openat2: "a walk over /proc/self/fd with O_NOFOLLOW",
  fchmodat2: "chmod through /proc/self/fd",
  fsopen: "mount(2)",
  "lowerdir+": "one lowerdir= option of short names",
  mount_setattr: "mount(2) with MS_REMOUNT | MS_BIND",
  overlay: "the copy snapshotter",
  reflink: "copy_file_range",
  copy_file_range: "read and write",
  memfd_create: "the helper runs from its file",
  clone3: "clone(2)",
  close_range: "closing descriptors one by one",
} as const;

/** A feature of the kernel that there is a fallback for. */
export type KernelFeature = keyof typeof kernelFeatures;

const variable = "TSBUILD_DISABLE";

let parsedText: string | undefined;
let parsed: ReadonlySet<KernelFeature> = new Set();

/** The features that TSBUILD_DISABLE switches off, so that fallbacks can be tested on a new kernel. */
export function disabledFeatures(): ReadonlySet<KernelFeature> {
  const text = process.env[variable] ?? "";
  if (text !== parsedText) {
    parsed = parseDisabled(text);
    parsedText = text;
  }
  return parsed;
}

/** Whether TSBUILD_DISABLE switches this feature off. @throws FEATURE_MISSING when it names one that there is not */
export function isFeatureDisabled(feature: KernelFeature): boolean {
  return disabledFeatures().has(feature);
}

/** Parses a comma-separated list of features or `all`; @throws FEATURE_MISSING on a name that no fallback knows. */
export function parseDisabled(text: string): ReadonlySet<KernelFeature> {
  if (text === "all") return new Set(Object.keys(kernelFeatures) as KernelFeature[]);
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  for (const name of names)
    if (!Object.hasOwn(kernelFeatures, name))
      throw runnerError(
        "FEATURE_MISSING",
        `${variable} names the unknown kernel feature ${JSON.stringify(name)}`,
        {
          hint: `known are ${Object.keys(kernelFeatures).join(", ")}`,
        },
      );
  return new Set(names as KernelFeature[]);
}
