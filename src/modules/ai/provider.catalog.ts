import type { AiConfig } from './ai.config.js';
import { aiErrors } from './ai.errors.js';
import { DemoProvider } from './demo/demo.provider.js';
import type { ModelProvider, ModelSpec } from './provider.js';
import type { Tokenizer } from './tokenizer/tokenizer.js';

export interface Offer {
  readonly provider: ModelProvider;
  readonly model: ModelSpec;
}

/** The configured providers and their models, in the configured order. */
export class ProviderCatalog {
  readonly providers: readonly ModelProvider[];
  readonly offers: readonly Offer[];

  /** Throws when two providers share a name, or two a model: which one runs it would be chance. */
  constructor(providers: readonly ModelProvider[]) {
    this.providers = providers;
    this.offers = providers.flatMap((provider) => provider.models.map((model) => ({ provider, model })));
    refuseTwice(
      'provider name',
      providers.map(({ name }) => name),
    );
    refuseTwice(
      'model',
      this.offers.map(({ model }) => model.id),
    );
  }

  /** The named model, or the first. Raises `ai-not-configured` or `model-unknown`. */
  offer(modelId?: string): Offer {
    const [first] = this.offers;
    if (!first) throw aiErrors.notConfigured();
    if (modelId === undefined) return first;
    const named = this.offers.find(({ model }) => model.id === modelId);
    if (named) return named;
    const models = this.offers.map(({ model }) => model.id);
    throw aiErrors.modelUnknown({
      params: { model: modelId, models: models.join(', ') },
      extensions: { models },
    });
  }
}

function refuseTwice(what: string, values: readonly string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  if (twice === undefined) return;
  throw new Error(`Configuration key ai.providers: the ${what} "${twice}" appears twice; expected once.`);
}

export function configuredProviders(config: AiConfig, tokenizer: Tokenizer): ModelProvider[] {
  return config.providers.map(
    ({ name, models, tokensPerSecond }) => new DemoProvider({ name, models, tokensPerSecond, tokenizer }),
  );
}
