import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { readText, remove, writeSecretFile } from '../files/index.js';

const ControlFile = Type.Object({
  url: Type.String({ pattern: '^http://(127\\.0\\.0\\.1|localhost|\\[::1\\]):\\d{1,5}$' }),
  token: Type.String({ minLength: 16, maxLength: 256 }),
  pid: Type.Integer({ minimum: 1 }),
});

/** How a program of this machine reaches the server that works on a data folder. */
export type ControlFile = Static<typeof ControlFile>;

const bytesMax = 4096;

function pathIn(dataDir: string): string {
  return join(dataDir, 'control.json');
}

/**
 * Writes `control.json`, readable by this user only, once the server listens at `url`. Whoever can
 * read the data can run commands on it, and nobody else.
 */
export async function writeControlFile(
  dataDir: string,
  server: { url: string; token: string },
): Promise<void> {
  const control: ControlFile = { url: loopbackUrl(server.url), token: server.token, pid: process.pid };
  await writeSecretFile(pathIn(dataDir), `${JSON.stringify(control)}\n`);
}

/** Removes the file of this server; one that a successor has written stays. */
export async function removeControlFile(dataDir: string, token: string): Promise<void> {
  const found = await readControlFile(dataDir);
  if (found?.token === token) await remove(pathIn(dataDir));
}

/** Undefined when there is none or it is not one of ours; a server that was killed leaves its file behind. */
export async function readControlFile(dataDir: string): Promise<ControlFile | undefined> {
  const text = await readText(pathIn(dataDir), { bytesMax });
  if (text === undefined) return undefined;
  try {
    const control: unknown = JSON.parse(text);
    return Value.Check(ControlFile, control) ? control : undefined;
  } catch {
    return undefined;
  }
}

/** A server that listens on every address is reached over the loopback one, the only one that may control it. */
function loopbackUrl(url: string): string {
  const { port, hostname } = new URL(url);
  const ipv6 = hostname === '[::1]' || hostname === '[::]';
  return `http://${ipv6 ? '[::1]' : '127.0.0.1'}:${port || '80'}`;
}
