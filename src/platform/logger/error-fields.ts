const causesMax = 5;
const innerErrorsMax = 5;

export interface ErrorFields {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorFields | string;
  /** Of an AggregateError. */
  readonly errors?: readonly (ErrorFields | string)[];
}

/**
 * What a log says about an error, and nothing else that hangs on it: a driver's error carries rows and
 * parameters, a problem carries extensions meant for one caller.
 */
export function errorFields(error: Error, scrub: (text: string) => string, depth = 0): ErrorFields {
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  const inner = (value: unknown) =>
    value instanceof Error ? errorFields(value, scrub, depth + 1) : scrub(describe(value));
  const deeper = depth < causesMax;
  return {
    type: error.name === 'Error' ? (error.constructor?.name ?? 'Error') : error.name,
    message: scrub(error.message),
    ...((typeof code === 'string' || typeof code === 'number') && { code: scrub(String(code)) }),
    ...(typeof error.stack === 'string' && { stack: scrub(error.stack) }),
    ...(cause !== undefined && cause !== null && deeper && { cause: inner(cause) }),
    ...(Array.isArray(errors) && deeper && { errors: errors.slice(0, innerErrorsMax).map(inner) }),
  };
}

/** A cause that is no error is only named: it may be an answer with a body. */
function describe(cause: unknown): string {
  return typeof cause === 'string' ? cause : `[${typeof cause}]`;
}
