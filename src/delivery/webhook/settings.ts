// Where webhooks may lead: settings of `delivery.v1`. Outside the sandbox nowhere, until networks are listed.
import { isBlock } from '../../addresses.ts';
import type { Environment } from '../../config.ts';

/** What an address of a webhook must keep to. */
export interface WebhookRules {
  /** Blocks that a connection may be made to; none: webhooks are off. */
  readonly networks: readonly string[];
  /** Ports that may be called; undefined: any. */
  readonly ports: readonly number[] | undefined;
  /** Whether plain http may be used. */
  readonly isHttpAllowed: boolean;
}

const isNetwork = (value: unknown): value is string =>
  typeof value === 'string' && isBlock(value) && !/\/0+$/.test(value);
const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;

function parseList<T>(
  value: unknown,
  isItem: (item: unknown) => item is T,
  mistake: string,
  mistakes: string[],
): readonly T[] | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every(isItem)) return value;
  mistakes.push(mistake);
  return undefined;
}

const sandboxNetworks = ['127.0.0.0/8', '::1/128'];

/**
 * Reads `{ webhookNetworks, webhookPorts }`. Default: port 443 and no network; in the sandbox loopback, any port and http.
 * @throws Error naming every mistake
 */
export function parseWebhookRules(json: unknown, environment: Environment): WebhookRules {
  const { webhookNetworks, webhookPorts, ...more } = Object.assign(
    { webhookNetworks: undefined, webhookPorts: undefined },
    typeof json === 'object' ? json : {},
  );
  const mistakes = Object.keys(more).map((name) => `${name} is not known`);
  const networks = parseList(
    webhookNetworks,
    isNetwork,
    'webhookNetworks must list blocks such as 10.0.0.0/24, and not every address',
    mistakes,
  );
  const ports = parseList(webhookPorts, isPort, 'webhookPorts must list ports from 1 to 65535', mistakes);
  if (mistakes.length > 0) throw new Error(`limits of delivery.v1: ${mistakes.join('; ')}`);
  const isSandbox = environment === 'sandbox';
  return {
    networks: networks ?? (isSandbox ? sandboxNetworks : []),
    ports: ports ?? (isSandbox ? undefined : [443]),
    isHttpAllowed: isSandbox,
  };
}
