/** Runs something with kernel features switched off. */
export function withDisabled<Result>(features: string, run: () => Result): Result {
  const before = process.env["TSBUILD_DISABLE"];
  process.env["TSBUILD_DISABLE"] = features;
  try {
    return run();
  } finally {
    if (before === undefined) delete process.env["TSBUILD_DISABLE"];
    else process.env["TSBUILD_DISABLE"] = before;
  }
}
