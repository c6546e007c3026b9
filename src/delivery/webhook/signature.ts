// Secrets and signatures of webhooks. Pure.
// Source: Standard Webhooks 1.0.0, "Signature scheme", "Webhook headers"
import { createHmac, randomBytes } from 'node:crypto';

const prefix = 'whsec_';
const secretBytes = 32;

/** A new secret: `whsec_` and 32 random bytes in base64. */
export const makeSecret = (): string => prefix + randomBytes(secretBytes).toString('base64');

const sign = (secret: string, content: string): string =>
  `v1,${createHmac('sha256', Buffer.from(secret.slice(prefix.length), 'base64'))
    .update(content)
    .digest('base64')}`;

/** What is signed. Neither id nor timestamp holds a full stop. */
export interface SignedNotice {
  /** The same in every attempt. */
  readonly id: string;
  /** Of the attempt. */
  readonly at: Date;
  /** The very bytes that are sent, as text. */
  readonly body: string;
}

/**
 * The three headers of a notice, with one signature for each secret.
 * @param secrets `whsec_<base64>`, the newest first
 */
export function toSignedHeaders({ id, at, body }: SignedNotice, secrets: readonly string[]) {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const content = `${id}.${timestamp}.${body}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => sign(secret, content)).join(' '),
  } as const;
}
