const languages = ['zh-CN', 'en'] as const;
export type Language = (typeof languages)[number];
export type Localized = Readonly<Record<Language, string>>;

/** A public problem: everything in it may be shown to any caller. `{name}` in a text is filled from `params`. */
export interface ErrorDefinition {
  /** Stable, kebab-case, unique in the application. */
  readonly code: string;
  readonly status: number;
  readonly title: Localized;
  /** What was expected, what came and what to do. */
  readonly detail: Localized;
}

export interface ErrorOptions {
  /** Values for the placeholders of the texts. */
  readonly params?: Readonly<Record<string, string | number>>;
  /** Further members of the problem, for programs: price, missing amount, moment of reset. */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Sent as Retry-After. */
  readonly retryAfterSeconds?: number;
  /** For the log only. */
  readonly internal?: string;
  readonly cause?: unknown;
}

/** An error whose public face is a definition. `message`, `cause` and `stack` are for the log only. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly definition: ErrorDefinition;
  readonly options: ErrorOptions;

  constructor(definition: ErrorDefinition, options: ErrorOptions = {}) {
    super(
      options.internal ?? fill(definition.detail.en, options.params),
      'cause' in options ? { cause: options.cause } : undefined,
    );
    this.definition = definition;
    this.options = options;
  }

  get code(): string {
    return this.definition.code;
  }
}

export function fill(text: string, params: ErrorOptions['params'] = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, key: string) => String(params[key] ?? whole));
}
