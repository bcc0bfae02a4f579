import type { Exceptions } from './check.js';

/** Known offences, each with its reason. The list only shrinks: an exception that allows more than there is fails. */
export const exceptions: Exceptions = {
  'sql-clock': {
    'src/platform/database/database.service.ts': {
      allowed: 1,
      reason: 'The skew between the two clocks is what it measures',
    },
  },
  'sleep-in-test': {
    'src/platform/context/context.test.ts': {
      allowed: 1,
      reason: 'Timers that end in another order are what it tests',
    },
  },
};
