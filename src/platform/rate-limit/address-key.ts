const groupsOfNetwork = 4;
const groupsOfAddress = 8;
/** The longest address in text. What a proxy wrote may be longer, and is a key in memory. */
const charactersMax = 45;

/**
 * What a client's address is counted under: IPv4 by itself, IPv6 by its /64 network, since a customer has a whole one.
 * An IPv4 address in IPv6 clothes is the IPv4 address.
 */
export function addressKey(address: string): string {
  if (!address.includes(':')) return address.slice(0, charactersMax);
  const plain = address.slice(0, charactersMax).toLowerCase().split('%', 1)[0] as string;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
  if (mapped) return mapped[1] as string;
  const [head = '', tail] = plain.split('::', 2);
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const missing = tail === undefined ? 0 : Math.max(0, groupsOfAddress - before.length - after.length);
  const groups = [...before, ...Array<string>(missing).fill('0'), ...after];
  const network = groups.slice(0, groupsOfNetwork).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${network.join(':')}::/64`;
}
