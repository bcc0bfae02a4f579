import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import zhModule from 'ajv-i18n/localize/zh/index.js';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import type { Language } from '../errors/index.js';

/** The package is CommonJS that exports the function itself; its types describe an ES default. */
const localizeZh = zhModule as unknown as typeof zhModule.default;

/** The library's own also takes `urn:uuid:` before it (RFC 9562, 4.1), which the database does not. */
const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** As many as a person can use; a hostile body cannot make us describe thousands. */
const errorsMax = 20;

/** A request that does not fit its schema. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly part: string;
  readonly found: readonly ErrorObject[];

  constructor(part: string, found: readonly ErrorObject[]) {
    super(`The ${part} does not fit its schema`);
    this.part = part;
    this.found = found.slice(0, errorsMax);
  }

  problems(language: Language): { path: string; message: string }[] {
    const errors = this.found.map((error) => ({ ...error, params: { ...error.params } }));
    if (language === 'zh-CN') localizeZh(errors);
    return errors.map((error) => ({
      path: this.#pathOf(error),
      message: error.message ?? 'not as expected',
    }));
  }

  /** `body.device.id`: also for a property that is missing or not known. */
  #pathOf({ instancePath, params }: ErrorObject): string {
    const named: unknown = params.missingProperty ?? params.additionalProperty;
    const steps = instancePath.split('/').filter(Boolean);
    return [this.part, ...steps, ...(typeof named === 'string' ? [named.slice(0, 100)] : [])].join('.');
  }
}

function createAjv(coerceTypes: boolean): Ajv {
  const ajv = new Ajv({
    coerceTypes,
    useDefaults: true,
    allErrors: true,
    strict: false,
    validateSchema: false,
  });
  addFormats.default(ajv);
  ajv.addFormat('uuid', uuid);
  return ajv;
}

/** Query and path are text, so numbers are read out of it; a body has types of its own and keeps them. */
const textual = createAjv(true);
const typed = createAjv(false);

export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  const part = httpPart === 'querystring' ? 'query' : httpPart;
  const validate: ValidateFunction =
    part === 'body' ? typed.compile(refuseUnknown(schema)) : textual.compile(schema);
  return (data: unknown) => {
    if (!validate(data)) return { error: new InputError(part, validate.errors ?? []) };
    const path = pathOfNul(data, '');
    return path === undefined ? { value: data } : { error: new InputError(part, [nulError(path)]) };
  };
};

/** PostgreSQL stores every character but U+0000, and nobody types it: it is refused before it can fail there. */
function pathOfNul(data: unknown, path: string): string | undefined {
  if (typeof data === 'string') return data.includes('\0') ? path : undefined;
  if (typeof data !== 'object' || data === null) return undefined;
  for (const [key, value] of Object.entries(data)) {
    const found = key.includes('\0') ? path : pathOfNul(value, `${path}/${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function nulError(instancePath: string): ErrorObject {
  const pattern = '^[^\\u0000]*$';
  return {
    instancePath,
    schemaPath: '#',
    keyword: 'pattern',
    params: { pattern },
    message: `must match pattern "${pattern}"`,
  };
}

/** The same schema with every object closed: an unknown field is a mistake that the client should learn of. */
export function refuseUnknown<S>(schema: S): S {
  if (Array.isArray(schema)) return schema.map(refuseUnknown) as S;
  if (typeof schema !== 'object' || schema === null) return schema;
  const copy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema))
    copy[key] = isLiteral(key) ? value : refuseUnknown(value);
  if (copy.type === 'object' && copy.properties && copy.additionalProperties === undefined) {
    copy.additionalProperties = false;
  }
  return copy as S;
}

/** Members that hold data, not schemas. */
function isLiteral(key: string): boolean {
  return key === 'const' || key === 'enum' || key === 'default' || key === 'examples';
}
