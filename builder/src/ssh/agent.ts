/** An SSH agent that `RUN --mount=type=ssh` may ask. */
export interface SshAgent {
  /** Opens a conversation for one client. @throws an error that names what cannot be reached */
  converse(): Promise<SshConversation>;
}

/** One client's exchange with an agent, in messages of the agent protocol without their length. */
export interface SshConversation extends Disposable {
  /** Asked again only when the last answer is there. */
  answer(message: Buffer): Promise<Buffer>;
}

/** Types of messages (draft-ietf-sshm-ssh-agent, "Message Numbers"). */
export const agentMessage = {
  failure: 5,
  requestIdentities: 11,
  identities: 12,
  signRequest: 13,
  signature: 14,
} as const;
