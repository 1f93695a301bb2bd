import { builderError } from "../errors.ts";
import type { BuildRequest } from "../request.ts";

/** That no agent of this name was given, in BuildKit's words. */
export function missingAgent(id: string, ssh: NonNullable<BuildRequest["ssh"]> = {}): Error {
  const sentence =
    Object.keys(ssh).length === 0
      ? `no SSH key ${JSON.stringify(id)} forwarded from the client`
      : `unset ssh forward key ${id}`;
  return builderError("OPTION_INVALID", sentence, {
    hint: id === "default" ? "add --ssh default" : `add --ssh ${id}=SOCKET or --ssh ${id}=KEYFILE`,
  });
}
