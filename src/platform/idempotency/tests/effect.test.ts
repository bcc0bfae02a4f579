import { expect, test } from 'vitest';
import { describeEachEngine } from '../../../testing/databases.js';
import { FakeClock } from '../../../testing/fake-clock.js';
import type { IdempotencyService } from '../index.js';
import { addEffect, effectsOf, keyRows, migrations } from './effects.repository.js';
import { codeOf, requestOf, serviceOn } from './fixture.js';

const limitSeconds = 60;

/** A promise with its resolver. */
function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

describeEachEngine('a long effect under an Idempotency-Key', (open) => {
  async function start(config: Parameters<typeof serviceOn>[1] = {}) {
    const database = await open({ migrations });
    const clock = new FakeClock();
    // Two services on one database stand for two instances: they share no memory.
    const [service, other] = [
      serviceOn(database, { clock, ...config }),
      serviceOn(database, { clock, ...config }),
    ];
    const call = (on: IdempotencyService, label: string, until: Promise<void> = Promise.resolve()) =>
      on.once(requestOf()).effect({ name: 'call', limitSeconds }, async () => {
        await until;
        await addEffect(database, label);
        return { label };
      });
    return { database, clock, service, other, call };
  }

  test('happens once and is answered from the record afterwards, here and elsewhere', async () => {
    const { database, service, other, call } = await start();
    const answers = [await call(service, 'a'), await call(service, 'b'), await call(other, 'c')];
    expect(answers).toEqual([{ label: 'a' }, { label: 'a' }, { label: 'a' }]);
    expect(await effectsOf(database)).toEqual(['a']);
  });

  test('while it runs, a repetition is told so with Retry-After, here after its wait and elsewhere at once', async () => {
    const { database, service, other, call } = await start({ waitMs: 10 });
    const { passed, open: finish } = gate();
    const first = call(service, 'a', passed);
    await expect.poll(() => keyRows(database)).toEqual([{ key: 'key-1', state: 'running' }]);
    for (const on of [service, other]) {
      await expect(call(on, 'b')).rejects.toMatchObject({
        code: 'idempotency-key-running',
        options: { retryAfterSeconds: 2 },
      });
    }
    finish();
    expect(await first).toEqual({ label: 'a' });
    expect(await call(other, 'c')).toEqual({ label: 'a' });
    expect(await effectsOf(database)).toEqual(['a']);
  });

  test('50 at once on two instances have one effect; the others get its answer or are told that it runs', async () => {
    const { database, service, other, call } = await start();
    const calls = Array.from({ length: 50 }, (_, n) => codeOf(call(n % 2 ? service : other, `${n}`)));
    const codes = new Set(await Promise.all(calls));
    expect([...codes].filter((code) => !['answered', 'idempotency-key-running'].includes(code))).toEqual([]);
    expect(codes).toContain('answered');
    expect((await effectsOf(database)).length).toBe(1);
  });

  test('a failure takes the key away, so that the next one has its turn', async () => {
    const { database, service, call } = await start();
    const failed = service.once(requestOf()).effect({ name: 'call', limitSeconds }, async () => {
      throw new Error('the model is down');
    });
    await expect(failed).rejects.toThrow('the model is down');
    expect(await keyRows(database)).toEqual([]);
    expect(await call(service, 'a')).toEqual({ label: 'a' });
  });

  test('one left by a crash is taken over at its end, not before, by one, and only for the same request', async () => {
    const { database, clock, service, other, call } = await start();
    const { passed, open: finish } = gate();
    // Never ends within its limit: to everybody else its process is gone.
    const lost = call(service, 'lost', passed);
    await expect.poll(async () => (await keyRows(database)).length).toBe(1);
    clock.advance(limitSeconds * 1000 - 1);
    expect(await codeOf(call(other, 'too early'))).toBe('idempotency-key-running');
    clock.advance(1);
    const changed = other.once(requestOf({ input: 'changed' }));
    expect(await codeOf(changed.effect({ name: 'call', limitSeconds }, async () => 1))).toBe(
      'idempotency-key-reused',
    );
    const third = serviceOn(database, { clock });
    const codes = await Promise.all([codeOf(call(other, 'again')), codeOf(call(third, 'again'))]);
    expect(codes).toContain('answered');
    expect(await effectsOf(database)).toEqual(['again']);
    // The lost one comes back: its own answer is given, and the record stays.
    finish();
    expect(await lost).toEqual({ label: 'lost' });
    expect(await call(third, 'never')).toEqual({ label: 'again' });
  });
});
