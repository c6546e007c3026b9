// Network addresses: one form for each, blocks that they lie in, the network that they belong to.
import { BlockList, isIP } from 'node:net';

const toBytes = (group: string): string => {
  const value = Number.parseInt(group, 16);
  return `${value >> 8}.${value & 255}`;
};

/** Without the prefix of IPv4 addresses in IPv6 form: `::ffff:10.0.0.1`, `::ffff:a00:1`. */
export const toPlainAddress = (address: string): string =>
  address
    .replace(
      /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i,
      (_, high: string, low: string) => `${toBytes(high)}.${toBytes(low)}`,
    )
    .replace(/^::ffff:(?=\d+\.)/i, '');

/** Says whether an address lies in one of the blocks; what is no address lies in none. */
export type IsListed = (address: string) => boolean;

const toFamily = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** True for an address, or an address with the length of its prefix: `10.0.0.0/8`, `2001:db8::/32`. */
export function isBlock(text: string): boolean {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && !address.includes('%') && Number(bits ?? 0) <= (family === 6 ? 128 : 32);
}

/** @param blocks see `isBlock` */
export function createAddressList(blocks: readonly string[]): IsListed {
  // A list for each: in a common one a block of IPv6 such as ::/1 would hold all of IPv4.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const block of blocks) {
    const [address = '', bits] = block.split('/');
    const family = toFamily(address);
    lists[family].addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return (text) => {
    const address = toPlainAddress(text);
    const family = toFamily(address);
    return isIP(address) !== 0 && lists[family].check(address, family);
  };
}

/** The network of an address: the first 24 bits of IPv4, 48 of IPv6; `unknown` for what is no address. */
export function toNetwork(text: string): string {
  const address = toPlainAddress(text);
  if (isIP(address) === 4) return `${address.split('.').slice(0, 3).join('.')}.0/24`;
  if (isIP(address) !== 6) return 'unknown';
  const [head = ''] = address.split('::', 1);
  const groups = head.split(':').filter((group) => group !== '');
  return `${[...groups, '0', '0', '0'].slice(0, 3).join(':')}::/48`;
}
