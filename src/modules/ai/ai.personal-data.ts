import type { PersonalDataHolder } from '../../platform/personal-data/index.js';
import type { CallRepository } from './ai.repository.js';

const pageCalls = 20;

/** What the models wrote for the user; what was asked of them is not kept. */
export function callHolder(calls: CallRepository): PersonalDataHolder {
  return {
    name: 'ai-calls',
    async *export(_database, userId) {
      let after: string | undefined;
      do {
        const page = await calls.page(userId, { after, limit: pageCalls });
        for (const { id, operation, model, state, content, charged_tokens, started_at, ended_at } of page) {
          yield {
            ...{ id, operation, model, state, content, chargedTokens: charged_tokens },
            ...{ startedAt: started_at, endedAt: ended_at },
          };
        }
        after = page.length < pageCalls ? undefined : page.at(-1)?.id;
      } while (after !== undefined);
    },
    erase: (tx, userId) => calls.deleteAll(tx, userId),
  };
}
