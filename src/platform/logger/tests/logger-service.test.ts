import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { Metrics } from '../../metrics/index.js';
import { LoggerService } from '../logger-service.js';
import { Collector } from './collector.js';

class Destination extends EventEmitter {
  readonly collected = new Collector();
  destroyed = false;
  flushes = 0;
  fail: Error | undefined;

  write(text: string): void {
    if (this.fail) throw this.fail;
    this.collected.write(text);
  }

  flush(done: () => void): void {
    this.flushes += 1;
    done();
  }
}

function serviceOn(destination: Destination) {
  return new LoggerService({
    level: 'info',
    format: 'json',
    service: 'qingyu',
    version: '1',
    instance: 'i',
    destination,
  });
}

const failure = (code: string) => Object.assign(new Error(`write ${code}`), { code });

test('lines arrive before initialize and after close, which flushes', async () => {
  const destination = new Destination();
  const service = serviceOn(destination);
  service.log.info('before');
  await service.initialize();
  await service.close();
  expect(destination.flushes).toBe(1);
  service.log.info('the last line');
  expect(destination.collected.objects.map((line) => line.msg)).toEqual(['before', 'the last line']);
});

test('a full disk makes it unhealthy until lines arrive again', async () => {
  const destination = new Destination();
  const service = serviceOn(destination);
  expect(await service.health()).toEqual({ status: 'healthy' });
  destination.emit('error', failure('ENOSPC'));
  expect(await service.health()).toEqual({
    status: 'unhealthy',
    detail: 'log lines are not written: ENOSPC',
  });
  destination.emit('write', 10);
  expect(await service.health()).toEqual({ status: 'healthy' });
});

test('a closed pipe never throws into the code that logs, and what is lost is counted', async () => {
  const destination = new Destination();
  const service = serviceOn(destination);
  const metrics = new Metrics();
  service.registerMetrics(metrics);
  service.log.info('arrives');
  destination.emit('error', failure('EPIPE'));
  service.log.error('lost');
  service.log.error('lost too');
  destination.emit('write', 10);
  expect((await service.health()).status).toBe('unhealthy');
  await service.close();
  const page = await metrics.registry.metrics();
  expect(page).toContain('log_lines_dropped_total 2');
  expect(page).toContain('log_lines_total{level="info"} 1');
  expect(page).toContain('log_lines_total{level="error"} 2');
  expect(page).toContain('log_lines_total{level="fatal"} 0');
});

test('a destination that throws is unhealthy, the caller does not notice', async () => {
  const destination = new Destination();
  const service = serviceOn(destination);
  destination.fail = failure('EBADF');
  expect(() => service.log.info('x')).not.toThrow();
  expect((await service.health()).detail).toBe('log lines are not written: EBADF');
});

test('close does not wait for a destination that never answers', async () => {
  const destination = new Destination();
  destination.flush = () => {};
  const started = performance.now();
  await serviceOn(destination).close();
  expect(performance.now() - started).toBeLessThan(3000);
});
