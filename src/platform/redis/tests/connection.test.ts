import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../../tools/test/network.mjs';
import { FaultProxy } from '../../../testing/fault-proxy.js';
import { describeRedis, describeRedisServer, RedisServer, testKeyPrefix } from '../../../testing/redis.js';
import { redisAddress } from '../redis-address.js';
import { expectRecovery, startRedisService, valueIn, whyOf } from './helpers.js';

const secret = 'the-secret-of-redis';

describe('the address', () => {
  test('comes from the URL, and the keys beside it win', () => {
    expect(redisAddress('redis://app:p%40ss%2F@redis.example:6380/3', {})).toEqual({
      ...{ host: 'redis.example', port: 6380, tls: false },
      ...{ username: 'app', password: 'p@ss/', database: 3 },
    });
    expect(
      redisAddress('rediss://app:old@[::1]', { username: 'other', password: 'new', database: 0 }),
    ).toEqual({
      ...{ host: '::1', port: 6379, tls: true },
      ...{ username: 'other', password: 'new', database: 0 },
    });
    expect(redisAddress(`redis://:${secret}@localhost/`, {})).toMatchObject({
      ...{ username: undefined, password: secret, database: 0 },
    });
  });

  test.each([
    [`redis://u:${secret}@host:port/0`, /should look like/],
    [`redis://u:${secret}%@host/0`, /write % as %25/],
    [`redis://u:${secret}@host/zero`, /number of the database/],
  ])('%# that makes no sense is refused, without the secret in it', (url, why) => {
    const refused = () => redisAddress(url, {});
    expect(refused).toThrow(why);
    expect(refused).not.toThrow(secret);
  });
});

describe('without redis.url', () => {
  test('every command says so, nothing is opened, and health is well with a note', async () => {
    const { redis, service, metrics } = await startRedisService({});
    expect([redis.configured, redis.available]).toEqual([false, false]);
    expect(await redis.get('k')).toEqual({ available: false, why: 'not-configured' });
    expect(whyOf(await redis.pipeline([]))).toBe('not-configured');
    redis.subscribe('c', () => {})();
    expect(await service.health()).toEqual({
      status: 'healthy',
      note: expect.stringContaining('redis.url is not set'),
    });
    expect(await metrics.registry.metrics()).not.toContain('redis_');
  });
});

describeRedis('a connection', (url) => {
  test('a database of its own keeps its keys apart', async () => {
    const keyPrefix = testKeyPrefix();
    const one = await startRedisService({ url, keyPrefix, database: 1 });
    const two = await startRedisService({ url, keyPrefix });
    await one.redis.set('apart', 'v', { ttlMs: 10_000 });
    expect(valueIn(await one.redis.exists('apart'))).toBe(true);
    expect(valueIn(await two.redis.exists('apart'))).toBe(false);
  });

  test('a database that does not exist is named, never replaced by another', async () => {
    const { redis, service } = await startRedisService({ url: `${url}/9999` });
    expect(whyOf(await redis.set('k', 'v'))).toBe('not-connected');
    expect((await service.health()).detail).toMatch(/DB index is out of range/);
  });
});

describeRedisServer('a server', () => {
  const users = 'acl setuser app on >the-secret-of-redis ~qingyu:* &qingyu:* +@all -@dangerous';

  test('that knows the ACL user serves', async () => {
    const server = await RedisServer.start();
    await server.command(users);
    const { service } = await startRedisService({ url: `redis://app:${secret}@127.0.0.1:${server.port}` });
    expect(await service.health()).toEqual({ status: 'healthy' });
  });

  test.each([
    ['the password is wrong', 'redis://app:wrong@', /check redis\.username and redis\.password.*WRONGPASS/],
    ['the user is unknown', `redis://nobody:${secret}@`, /check redis\.username.*WRONGPASS/],
    ['it wants a password', 'redis://', /set redis\.password.*NOAUTH/],
  ])('when %s, it says what to do and never the password', async (_when, credentials, words) => {
    const server = await RedisServer.start(['--requirepass', 'other']);
    const started = await startRedisService({ url: `${credentials}127.0.0.1:${server.port}` });
    expect(whyOf(await started.redis.get('k'))).toBe('not-connected');
    const { status, detail } = await started.service.health();
    expect(status).toBe('unhealthy');
    expect(detail).toMatch(words);
    expect(`${detail}${started.log()}`).not.toMatch(new RegExp(`${secret}|wrong@|:wrong`));
  });

  test('that wants no password serves, and health tells of the difference', async () => {
    const server = await RedisServer.start();
    const { redis, service } = await startRedisService({ url: server.url, password: secret });
    expect(valueIn(await redis.set('k', 'v'))).toBe(true);
    expect(await service.health()).toEqual({
      status: 'degraded',
      detail: expect.stringContaining('wants no password'),
    });
  });

  test('whose permissions are too few refuses, and health says which', async () => {
    const server = await RedisServer.start();
    await server.command('acl setuser app on >the-secret-of-redis ~* +@read +client');
    const { redis, service } = await startRedisService({
      url: `redis://app:${secret}@127.0.0.1:${server.port}`,
    });
    expect(valueIn(await redis.get('k'))).toBeUndefined();
    expect(await redis.set('k', 'v')).toMatchObject({ why: 'refused', error: { code: 'NOPERM' } });
    expect(await service.health()).toMatchObject({
      status: 'degraded',
      detail: expect.stringMatching(/lacks a permission/),
    });
  });

  test('that no longer knows the user is not ready until it does again', async () => {
    const server = await RedisServer.start();
    await server.command(users);
    const { redis, service } = await startRedisService({
      url: `redis://app:${secret}@127.0.0.1:${server.port}`,
    });
    await redis.set('k', 'v');
    await server.command('acl deluser app');
    await expect.poll(async () => (await redis.get('k')).available).toBe(false);
    await expect.poll(async () => (await service.health()).detail).toMatch(/WRONGPASS/);
    await server.command(users);
    await expectRecovery(() => redis.ping());
    expect(valueIn(await redis.get('k'))).toBe('v');
  });

  test('that became a read-only replica is not ready, until it is a primary again', async () => {
    const server = await RedisServer.start();
    const { redis, service } = await startRedisService({ url: server.url });
    await redis.set('k', 'v');
    await server.command('replicaof 127.0.0.1 1');
    expect(await redis.set('k', 'w')).toMatchObject({ why: 'not-ready', error: { code: 'READONLY' } });
    await expect
      .poll(async () => (await service.health()).detail)
      .toMatch(/read-only replica: let redis\.url name the primary/);
    expect(redis.available).toBe(false);
    await server.command('replicaof no one');
    await expectRecovery(() => redis.set('k', 'w'));
  });

  test('that loads its data is not ready, and serves when it has', async () => {
    const server = await RedisServer.start([
      '--enable-debug-command',
      'local',
      '--key-load-delay',
      '1500',
      '--loading-process-events-interval-bytes',
      '1024',
    ]);
    await server.command('debug populate 1000');
    await server.command('set qingyu:k v');
    await server.command('save');
    await server.kill();
    await server.restart({ untilReady: false });
    const { redis, service } = await startRedisService({ url: server.url });
    await expect.poll(async () => (await service.health()).detail, { interval: 5 }).toMatch(/loads its data/);
    expect(whyOf(await redis.get('k'))).toBe('not-connected');
    await expect.poll(async () => (await redis.get('k')).available, { timeout: 20_000 }).toBe(true);
    expect(valueIn(await redis.get('k'))).toBe('v');
  });

  test('whose name resolves to nothing is named', async () => {
    const { service } = await startRedisService({ url: 'redis://redis.invalid:6379' });
    expect((await service.health()).detail).toMatch(
      /no connection to Redis at redis\.invalid:6379: .*redis\.invalid/,
    );
  });
});

describeRedisServer('over TLS', () => {
  let folder: string;
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: folder });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qingyu-redis-tls-'));
    const certificate = ['-nodes', '-days', '2', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    await openssl('req', '-x509', ...certificate, ...names, '-keyout', 'key.pem', '-out', 'cert.pem');
    return () => rm(folder, { recursive: true });
  });

  const start = async () => {
    const port = await freePort();
    const server = await RedisServer.start(
      [
        ...['--port', '0', '--tls-port', String(port), '--tls-auth-clients', 'yes'],
        ...['--tls-cert-file', file('cert.pem'), '--tls-key-file', file('key.pem')],
        ...['--tls-ca-cert-file', file('cert.pem')],
      ],
      { port },
    );
    return server.url.replace('redis:', 'rediss:').replace('127.0.0.1', 'localhost');
  };
  const ours = () => ({ caFile: file('cert.pem'), certFile: file('cert.pem'), keyFile: file('key.pem') });

  test('commands, subscriptions and waiting reads work, with a certificate on both sides', async () => {
    const { redis } = await startRedisService({ url: await start(), tls: ours() });
    const got: string[] = [];
    redis.subscribe('news', (message) => got.push(message));
    await expect.poll(async () => valueIn(await redis.publish('news', 'a'))).toBe(1);
    await expect.poll(() => got).toEqual(['a']);
    await redis.push('list', 'a');
    expect(valueIn(await redis.blockingPop('list', 1_000))).toBe('a');
  });

  test('a server that cannot show a certificate that is trusted, or not for its name, is refused', async () => {
    const url = await start();
    const { caFile: _, ...untrusting } = ours();
    const strangers = await startRedisService({ url, tls: untrusting });
    expect((await strangers.service.health()).detail).toMatch(/self.signed certificate/);
    const named = await startRedisService({ url, tls: { ...ours(), serverName: 'other.example' } });
    expect((await named.service.health()).detail).toMatch(/other\.example/);
    expect(whyOf(await named.redis.ping())).toBe('not-connected');
  });

  test('a file that is missing is named, and found when it is there', async () => {
    const url = await start();
    const { service } = await startRedisService({ url, tls: { ...ours(), caFile: file('gone.pem') } });
    expect((await service.health()).detail).toMatch(
      /redis\.tls\.caFile names .*gone\.pem, which is not there/,
    );
  });

  test('a server that never answers the greeting is given up after the time for connecting', async () => {
    const proxy = await FaultProxy.start((await start()).replace('localhost', '127.0.0.1'));
    proxy.accept = 'half-open';
    const { service } = await startRedisService({ url: proxy.url, tls: ours(), connectTimeoutMs: 200 });
    expect((await service.health()).detail).toMatch(/nobody answered in 200 ms/);
    onTestFinished(() => proxy.kill());
  });
});
