import { expect, it } from 'vitest';
import { ImportSlots } from './import-slots.js';

it('imports over the number that may run at once are 503 with Retry-After, and leave room again afterwards', async () => {
  const slots = new ImportSlots({ concurrentMax: 2, retryAfterSeconds: 7 });
  const releases: (() => void)[] = [];
  const held = () => slots.run(() => new Promise<void>((resolve) => void releases.push(resolve)));
  const running = [held(), held()];
  await expect(slots.run(async () => 'started')).rejects.toMatchObject({
    code: 'import-busy',
    definition: { status: 503 },
    options: { retryAfterSeconds: 7 },
  });
  for (const release of releases) release();
  await Promise.all(running);
  expect(await slots.run(async () => 'started')).toBe('started');
});

it('an import that fails leaves room again', async () => {
  const slots = new ImportSlots({ concurrentMax: 1, retryAfterSeconds: 7 });
  await expect(slots.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await slots.run(async () => 'started')).toBe('started');
});
