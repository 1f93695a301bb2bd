const names: ReadonlySet<string> = new Set(
  (
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM " +
    "TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX"
  ).split(" "),
);

/** The names that people write. */
export const signalNames: readonly string[] = [...names].map((name) => `SIG${name}`);

/** The real-time signals can be counted from either end: 34 to 64 on Linux. */
const realTime = /^RT(?:MIN\+(\d{1,2})|MAX-(\d{1,2}))$/;

/** True for a number above 0 or a Linux signal's name, with or without SIG, in any case. */
export function isSignal(text: string): boolean {
  if (/^\+?\d+$/.test(text)) return Number(text) > 0;
  const name = text.toUpperCase().replace(/^SIG/, "");
  if (names.has(name)) return true;
  const [, above, below] = realTime.exec(name) ?? [];
  const distance = above === undefined ? below : above;
  return (
    distance !== undefined && Number(distance) >= 1 && Number(distance) <= (above === undefined ? 14 : 15)
  );
}
