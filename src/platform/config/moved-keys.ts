/** Names of earlier releases, each with today's: whoever upgrades is told, instead of losing a setting. */
const moved: Readonly<Record<string, string>> = {
  'auth.encryptionKey': 'secrets.key',
  QINGYU_AUTH__ENCRYPTION_KEY: 'QINGYU_SECRETS__KEY',
};

export function newNameOf(name: string): string | undefined {
  return Object.hasOwn(moved, name) ? moved[name] : undefined;
}
