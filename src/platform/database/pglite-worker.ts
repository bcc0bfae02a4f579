import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { WorkerInput, WorkerOutput } from './pglite-host.js';

/** The thread of the embedded database: takes messages of the PostgreSQL protocol, answers with such. */

const port = parentPort;
if (!port) throw new Error('this file is the entry of a worker thread');
const answer = (output: WorkerOutput) =>
  port.postMessage(output, output.kind === 'bytes' ? [output.bytes.buffer as ArrayBuffer] : []);

const { dataDir, snapshot } = workerData as WorkerInput;
const complaintsMax = 20;
const complaints: string[] = [];

async function open(): Promise<PGlite> {
  return PGlite.create({
    ...(dataDir !== undefined && { dataDir }),
    ...(snapshot && { loadDataDir: new Blob([snapshot as Uint8Array<ArrayBuffer>]) }),
    onStderr: (line) => {
      if (complaints.push(line) > complaintsMax) complaints.shift();
      return true;
    },
  });
}

async function exchange(database: PGlite, message: Uint8Array): Promise<void> {
  const chunks: Uint8Array[] = [];
  await database.execProtocolRawStream(message, {
    syncToFs: false,
    // The bytes lie in the memory of the database and are gone after the call.
    onRawData: (bytes) => chunks.push(bytes.slice()),
  });
  answer({ kind: 'bytes', bytes: join(chunks) });
}

function join(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

try {
  const database = await open();
  port.on('message', (message: Uint8Array | 'close') => {
    if (message !== 'close') return void exchange(database, message);
    void database.close().finally(() => {
      answer({ kind: 'closed' });
      port.close();
    });
  });
  answer({ kind: 'opened' });
} catch (error) {
  const words = error instanceof Error ? error.message : String(error);
  answer({ kind: 'failed', reason: [words, ...complaints].join(' | ') });
  port.close();
}
