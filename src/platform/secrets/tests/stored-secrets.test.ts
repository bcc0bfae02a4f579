import { expect, it } from 'vitest';
import { newKey, secretsWith } from '../../../testing/secrets.js';

const secret = Buffer.from('a seed that nobody may read');
const [first, second] = [newKey(), newKey()];

/** The message of what `work` throws. */
function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
}

it('opens what it sealed, about the same thing only', async () => {
  const secrets = await secretsWith(first);
  const sealed = secrets.seal(secret, 'seeds/1');
  expect(secrets.open(sealed, 'seeds/1')).toEqual(secret);
  expect(sealed.keyId).toBe(secrets.currentKeyId);
  expect(messageOf(() => secrets.open(sealed, 'seeds/2'))).toMatch(/about seeds\/2 does not open.*changed/);
});

it('a changed byte anywhere is refused, without a word of the secret', async () => {
  const secrets = await secretsWith(first);
  const { keyId, bytes } = secrets.seal(secret, 'seeds/1');
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at] = (changed[at] ?? 0) ^ 1;
    const message = messageOf(() => secrets.open({ keyId, bytes: changed }, 'seeds/1'));
    expect(message).toContain('does not open');
    expect(message).not.toContain('nobody may read');
  }
});

it('a key that is not at hand is named by its id beside those that are, and no key is told', async () => {
  const sealed = (await secretsWith(first)).seal(secret, 'seeds/1');
  const other = await secretsWith(second);
  const message = messageOf(() => other.open(sealed, 'seeds/1'));
  expect(message).toContain(`encrypted with the key ${sealed.keyId}, but at hand is ${other.currentKeyId}`);
  expect(message).not.toContain(first);
  expect(message).not.toContain(second);
  expect(other.hasKey(sealed.keyId as string)).toBe(false);
});

it('a previous key opens and never seals', async () => {
  const sealed = (await secretsWith(first)).seal(secret, 'seeds/1');
  const rotating = await secretsWith(second, [first]);
  expect(rotating.open(sealed, 'seeds/1')).toEqual(secret);
  expect(rotating.needsRotation(sealed)).toBe(true);
  const again = rotating.seal(secret, 'seeds/1');
  expect(again.keyId).toBe(rotating.currentKeyId);
  expect(rotating.needsRotation(again)).toBe(false);
  expect((await secretsWith(second)).open(again, 'seeds/1')).toEqual(secret);
});

it('without a key secrets stay in the clear, say so, and are to be sealed once there is one', async () => {
  const none = await secretsWith();
  const plain = none.seal(secret, 'seeds/1');
  expect(plain).toEqual({ keyId: null, bytes: secret });
  const withKey = await secretsWith(first);
  expect(withKey.open(plain, 'seeds/1')).toEqual(secret);
  expect(withKey.needsRotation(plain)).toBe(true);
  const sealed = withKey.seal(secret, 'seeds/1');
  expect(messageOf(() => none.open(sealed, 'seeds/1'))).toContain('there is none at hand');
});
