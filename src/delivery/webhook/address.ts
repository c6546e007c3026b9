// Which addresses a webhook may have, as far as the text alone tells. What a name resolves to is decided where the
// connection is made (guarded-connect.ts).
import { isIP } from 'node:net';
import { createAddressList, type IsListed } from '../../addresses.ts';
import type { WebhookRules } from './settings.ts';

/** Why an address is refused. */
export interface AddressFault {
  readonly vi: string;
  readonly en: string;
}

const faults = {
  form: { vi: 'phải là một địa chỉ https đầy đủ', en: 'must be a whole https address' },
  userinfo: { vi: 'không được chứa tên hay mật khẩu', en: 'must hold no user name or password' },
  fragment: { vi: 'không được có phần sau dấu #', en: 'must have no part after #' },
  port: { vi: 'cổng không được phép', en: 'must use a port that is allowed' },
  network: { vi: 'mạng không được phép', en: 'must lie in a network that is allowed' },
} as const satisfies Record<string, AddressFault>;

/** The host without the brackets of IPv6. */
export const toHost = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1');

/** The port that is called. */
export const toPort = ({ port, protocol }: URL): number =>
  port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);

/** True for a name, and for an address in an allowed network. */
export const isHostAllowed = (host: string, isAllowed: IsListed): boolean =>
  isIP(host) === 0 || isAllowed(host);

/** @returns the first fault of an address, or undefined where it may be called */
export function findAddressFault(text: string, rules: WebhookRules): AddressFault | undefined {
  if (!URL.canParse(text)) return faults.form;
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && rules.isHttpAllowed)) return faults.form;
  if (url.username !== '' || url.password !== '') return faults.userinfo;
  if (url.hash !== '') return faults.fragment;
  if (rules.ports !== undefined && !rules.ports.includes(toPort(url))) return faults.port;
  return isHostAllowed(toHost(url), createAddressList(rules.networks)) ? undefined : faults.network;
}
