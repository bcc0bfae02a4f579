import { randomUUID } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { newId, systemClock } from '../../src/platform/kernel/index.js';
import { measureThroughput } from '../harness/measure.js';
import { defineScenario, throughputFigures } from '../scenario.js';

export default defineScenario({
  summary: 'an id for a new row, against the UUIDs of Node and of the library below',
  async run({ compare }) {
    await compare({
      name: 'new-id',
      figures: throughputFigures,
      ours: { name: 'new-id', measure: (forMs) => measureThroughput(() => newId(systemClock.now()), forMs) },
      against: [
        { name: 'uuidv7', measure: (forMs) => measureThroughput(uuidv7, forMs) },
        { name: 'random-uuid', measure: (forMs) => measureThroughput(randomUUID, forMs) },
      ],
    });
  },
});
