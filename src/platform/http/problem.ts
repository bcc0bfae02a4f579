import type { FastifyError, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { currentContext } from '../context/index.js';
import { AppError, fill, type Language } from '../errors/index.js';
import type { Logger } from '../logger/index.js';
import { httpErrors } from './http.errors.js';
import { preferredLanguage } from './language.js';
import { InputError } from './validation.js';

/** RFC 9457. Further members (a price, a moment of reset) are documented with the error. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'Address of the description of this kind of problem' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What was expected, what came, what to do' }),
    instance: Type.String({ description: 'The path that was called' }),
    code: Type.String({ description: 'Stable, for programs' }),
    requestId: Type.String(),
    traceId: Type.String(),
    errors: Type.Optional(
      Type.Array(Type.Object({ path: Type.String(), message: Type.String() }), {
        description: 'Each value that was not as expected',
      }),
    ),
  },
  { title: 'Problem', additionalProperties: true },
);

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Record<string, unknown>;
}

/** The problem of an error, which is logged when it is ours to mend. */
export function reportProblem(
  error: unknown,
  request: FastifyRequest,
  { log, defaultLanguage }: { log: Logger; defaultLanguage: Language },
): ProblemAnswer {
  const answer = problemAnswer(error, request, defaultLanguage);
  if (answer.status >= 500) log.error({ err: error }, 'request raised an error');
  return answer;
}

/** The public face of any error; nothing of an unexpected one's own text gets out. */
function problemAnswer(error: unknown, request: FastifyRequest, fallback: Language): ProblemAnswer {
  const language = preferredLanguage(request.headers['accept-language'], fallback);
  const known = toAppError(error, request, language);
  const { definition, options } = known;
  return {
    status: definition.status,
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      'content-language': language,
      ...(options.retryAfterSeconds !== undefined && { 'retry-after': String(options.retryAfterSeconds) }),
      ...(definition.status === 401 && { 'www-authenticate': 'Bearer' }),
    },
    body: {
      type: `/errors/${definition.code}`,
      title: definition.title[language],
      status: definition.status,
      detail: fill(definition.detail[language], options.params),
      instance: request.url.split('?', 1)[0],
      code: definition.code,
      requestId: request.id,
      traceId: currentContext().traceId ?? '',
      ...options.extensions,
    },
  };
}

function toAppError(error: unknown, request: FastifyRequest, language: Language): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof InputError) {
    const errors = error.problems(language);
    return httpErrors.invalidInput({ params: { count: errors.length }, extensions: { errors } });
  }
  return frameworkError(error as Partial<FastifyError>, request) ?? httpErrors.internal({ cause: error });
}

/** What Fastify and its plugins raise for a bad request, in our terms. */
function frameworkError(error: Partial<FastifyError>, request: FastifyRequest): AppError | undefined {
  const params = { contentType: request.headers['content-type']?.slice(0, 100) ?? 'no content type' };
  switch (error?.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
    case 'FST_REQ_FILE_TOO_LARGE':
    case 'FST_FILES_LIMIT':
    case 'FST_PARTS_LIMIT':
    case 'FST_FIELDS_LIMIT':
      return httpErrors.bodyTooLarge({ cause: error });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_INVALID_MULTIPART_CONTENT_TYPE':
      return httpErrors.unsupportedMediaType({ params, cause: error });
    case 'FST_ERR_BAD_URL':
      return httpErrors.addressMalformed({ cause: error });
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return httpErrors.addressTooLong({ cause: error });
    case 'FST_ERR_NOT_FOUND':
      return httpErrors.notFound();
  }
  const isClientError = error?.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return isClientError ? httpErrors.malformedBody({ params, cause: error }) : undefined;
}
