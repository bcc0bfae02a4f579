import { createCipheriv, randomBytes } from 'node:crypto';
import { newKey, secretsWith } from '../../src/testing/secrets.js';
import { measureThroughput } from '../harness/measure.js';
import { defineScenario, throughputFigures } from '../scenario.js';

/** A signing key or the seed of a TOTP is about as long. */
const secret = randomBytes(64);
const about = 'a row of a table';

export default defineScenario({
  summary: 'a secret sealed for the database and opened again, against the bare cipher sealing it',
  async run({ compare }) {
    const secrets = await secretsWith(newKey());
    const sealed = secrets.seal(secret, about);
    const key = randomBytes(32);
    const bareCipher = {
      name: 'bare-cipher',
      measure: (forMs: number) => measureThroughput(() => sealBare(key), forMs),
    };
    await compare({
      name: 'seal',
      figures: throughputFigures,
      ours: { name: 'seal', measure: (forMs) => measureThroughput(() => secrets.seal(secret, about), forMs) },
      against: [bareCipher],
    });
    await compare({
      name: 'open',
      figures: throughputFigures,
      ours: { name: 'open', measure: (forMs) => measureThroughput(() => secrets.open(sealed, about), forMs) },
      against: [bareCipher],
    });
  },
});

function sealBare(key: Buffer): Buffer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()]);
}
