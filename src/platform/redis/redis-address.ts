import type { RedisConfig } from './redis.config.js';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

const defaultPort = 6379;

/** Where and as whom to connect: the URL, with the keys beside it on top. Throws without ever showing the URL. */
export function redisAddress(
  url: string,
  { username, password, database }: Pick<RedisConfig, 'username' | 'password' | 'database'>,
): RedisAddress {
  // The URL itself carries a password, so it stays out of the error.
  if (!URL.canParse(url)) {
    throw new Error('redis.url is no URL: it should look like redis://user:password@host:6379/0.');
  }
  const parts = new URL(url);
  return {
    // An address of IPv6 stands in brackets.
    host: parts.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: parts.port === '' ? defaultPort : Number(parts.port),
    tls: parts.protocol === 'rediss:',
    username: username ?? decoded(parts.username, 'user'),
    password: password ?? decoded(parts.password, 'password'),
    database: database ?? databaseIn(parts.pathname),
  };
}

function decoded(text: string, what: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(`The ${what} in redis.url has a % without two hexadecimal digits: write % as %25.`);
  }
}

function databaseIn(path: string): number {
  const number = path.slice(1);
  if (number === '') return 0;
  if (!/^\d{1,5}$/.test(number)) {
    throw new Error('The path of redis.url should be the number of the database, such as /0.');
  }
  return Number(number);
}
