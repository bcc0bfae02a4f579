import { describe, expect, it } from 'vitest';
import { ApiClient } from '../src/testing/api-client.js';
import { testPostgresUrl } from '../src/testing/databases.js';
import { DocumentCheck } from '../src/testing/document-check.js';
import { newBook, newUser } from '../src/testing/factories.js';
import { ServerCluster } from '../src/testing/server-cluster.js';
import type { ServerProcess } from '../src/testing/server-process.js';

const instances = 3;

async function apiOf({ url }: ServerProcess): Promise<ApiClient> {
  const document = await (await fetch(`${url}/openapi.json`)).json();
  return new ApiClient(url, new DocumentCheck(document as Record<string, unknown>));
}

const instanceOf = (server: ServerProcess) => new Set(server.logLines().map((line) => line.instance));

describe.skipIf(!testPostgresUrl)(
  `${instances} instances over one database (needs QINGYU_TEST_POSTGRES_URL)`,
  () => {
    it('start at once on an empty database, share accounts, sessions and books, and sign their log lines; a first password is shown once', async () => {
      const { servers } = await ServerCluster.start(instances);
      const [first, second, third] = (await Promise.all(servers.map(apiOf))) as [
        ApiClient,
        ApiClient,
        ApiClient,
      ];
      const user = await newUser(first);
      expect((await second.login(user.username, user.password)).user.id).toBe(user.userId);
      const { bookId } = await newBook(second, user.token);
      expect((await third.get(`/books/${bookId}`)).body.author.id).toBe(user.userId);
      expect((await third.post('/auth/logout', { token: user.token })).status).toBe(204);
      const dead = await first.get('/auth/me', { token: user.token });
      expect([dead.status, dead.body.code]).toEqual([401, 'session-logged-out']);

      const names = servers.map(instanceOf);
      expect(names.map((name) => name.size)).toEqual([1, 1, 1]);
      expect(new Set(names.flatMap((name) => [...name])).size).toBe(instances);
      const shown = ['admin', 'demo_author', 'demo_reader'].map((username) =>
        servers.filter(({ stderr }) => new RegExp(`^ +${username} +\\S+$`, 'm').test(stderr)),
      );
      expect(shown.map((by) => by.length)).toEqual([1, 1, 1]);
    });

    it('serve on when one is killed with -9, and take it back', async () => {
      const cluster = await ServerCluster.start(instances);
      const [first, second, third] = (await Promise.all(cluster.servers.map(apiOf))) as [
        ApiClient,
        ApiClient,
        ApiClient,
      ];
      const user = await newUser(first);
      await cluster.kill(0);
      await expect(first.get('/books')).rejects.toThrow('fetch failed');
      for (const api of [second, third]) {
        expect((await api.get('/auth/me', { token: user.token })).status).toBe(200);
        expect((await api.get('//readyz')).body.status).toBe('ready');
      }
      await newBook(third, user.token);
      await cluster.restart(0);
      const back = await apiOf(cluster.servers[0] as ServerProcess);
      expect((await back.get('/books?sort=newest')).status).toBe(200);
      expect((await back.get('/auth/me', { token: user.token })).status).toBe(200);
    });

    it('keep everybody signed in while they are replaced one by one', async () => {
      const cluster = await ServerCluster.start(instances);
      const user = await newUser(await apiOf(cluster.servers[0] as ServerProcess));
      const before = cluster.servers.map(({ url }) => url);
      await cluster.rollingRestart(async () => {
        for (const server of cluster.servers) {
          const api = await apiOf(server);
          expect((await api.get('/auth/me', { token: user.token })).status).toBe(200);
        }
      });
      expect(cluster.servers.every(({ url }) => !before.includes(url))).toBe(true);
    });
  },
);
