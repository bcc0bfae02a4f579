import { readText } from '../files/index.js';
import type { RedisConfig } from './redis.config.js';
import type { RedisAddress } from './redis-address.js';

/** What Node.js's TLS wants to know. */
export interface TlsSettings {
  readonly servername?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** All that opening a connection needs. */
export interface RedisSettings extends RedisAddress {
  readonly tlsSettings: TlsSettings | undefined;
  /** From the first packet to the first answer. */
  readonly connectTimeoutMs: number;
  /** Of the first answer alone, too. */
  readonly commandTimeoutMs: number;
  /** A key that never exists: deleting it asks whether the server takes writes. */
  readonly probeKey: string;
}

/** Reads the files that the section names, anew each time: certificates change. Throws when one is missing. */
export async function redisSettings(address: RedisAddress, config: RedisConfig): Promise<RedisSettings> {
  const { connectTimeoutMs, commandTimeoutMs } = config;
  return {
    ...address,
    tlsSettings: address.tls ? await tlsSettings(address, config.tls) : undefined,
    connectTimeoutMs,
    commandTimeoutMs,
    probeKey: probeKey(config),
  };
}

export function probeKey({ keyPrefix }: Pick<RedisConfig, 'keyPrefix'>): string {
  return `${keyPrefix}probe`;
}

async function tlsSettings({ host }: RedisAddress, tls: RedisConfig['tls']): Promise<TlsSettings> {
  const [ca, cert, key] = await Promise.all([
    pem('caFile', tls.caFile),
    pem('certFile', tls.certFile),
    pem('keyFile', tls.keyFile),
  ]);
  // An address is no name that TLS may ask for.
  const servername = tls.serverName ?? (/^[\d.]+$|:/.test(host) ? undefined : host);
  return {
    ...(servername !== undefined && { servername }),
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

async function pem(key: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readText(path);
  if (text === undefined) throw new Error(`redis.tls.${key} names ${path}, which is not there.`);
  return text;
}
