/**
 * A text in which no URL shows a password, nor a user that may be a token: it is kept in images and shown on screens. The user of ssh
 * and of git's own protocol is no secret.
 */
export function hideCredentials(text: string): string {
  return text.replace(
    /\b(https?|ssh|git):\/\/([^\s@/:]*)(:[^\s@/]*)?@/gi,
    (whole, scheme: string, _, password: string | undefined) => {
      if (password !== undefined) return `${scheme}://xxxxx:xxxxx@`;
      return /^http/i.test(scheme) ? `${scheme}://xxxxx@` : whole;
    },
  );
}

/** A URL without user and password. */
export function withoutUser(url: string): string {
  return url.replace(/^([a-z]+:\/\/)[^@/]*@/i, "$1");
}
