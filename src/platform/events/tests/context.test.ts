import { expect, it } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { currentContext, runWithContext } from '../../context/index.js';
import { createLogger } from '../../logger/index.js';
import { onEvent } from '../index.js';
import { counted, expectSoon, instanceOn, openFor } from './events-harness.js';

function collectingLog() {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    ...{ level: 'info', format: 'json', service: 'test', version: '0', instance: 'test' },
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  });
  return { log, lines };
}

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

describeEachEngine('every line that is logged for an event', (open) => {
  it('carries the trace of the request that wrote it, a span of its own, the event and the module', async () => {
    const database = await openFor(open);
    const { log, lines } = collectingLog();
    const talkative = onEvent({
      ...{ name: 'talkative', event: counted, attemptsMax: 1 },
      handle: async () => {
        log.info('working');
        await new Promise(setImmediate);
        throw new Error('broken');
      },
    });
    const instance = instanceOn(database, { handlers: [talkative], log });
    await instance.start();
    await runWithContext({ traceId, spanId, requestId: 'request-1', userId: 'user-1' }, () =>
      instance.add(1),
    );
    await expectSoon(() => lines.length).toBe(2);
    for (const line of lines) expect(line).toMatchObject({ traceId, event: 'test.counted', module: 'test' });
    expect(lines[0]?.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(lines[0]?.spanId).not.toBe(spanId);
    // The request is over, and its caller is not who the handler acts for.
    expect(lines[0]).not.toHaveProperty('requestId');
    expect(lines[0]).not.toHaveProperty('userId');
    const failure = { level: 'error', handler: 'talkative', attempt: 1, attemptsMax: 1 };
    expect(lines[1]).toMatchObject({ ...failure, err: { message: 'broken' } });
  });

  it('has a trace also when nothing around the event had one', async () => {
    const database = await openFor(open);
    const seen: unknown[] = [];
    const handlers = [
      onEvent({ name: 'one', event: counted, handle: async () => void seen.push(currentContext()) }),
      onEvent({ name: 'many', event: counted, handleBatch: async () => void seen.push(currentContext()) }),
    ];
    const instance = instanceOn(database, { handlers });
    for (const number of [1, 2]) await instance.add(number);
    await instance.start();
    await expectSoon(() => seen.length).toBe(3);
    for (const context of seen) {
      expect(context).toMatchObject({
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        event: 'test.counted',
      });
    }
  });
});
