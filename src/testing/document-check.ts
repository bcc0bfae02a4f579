import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { templatePattern } from '../platform/http/index.js';

interface Operation {
  responses: Record<string, { content?: Record<string, unknown> }>;
}
type Document = { paths: Record<string, Record<string, Operation>> };

export interface Answer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly contentType: string | null;
  /** Parsed JSON, or text. */
  readonly body: unknown;
}

/** Holds every answer of a server against its OpenAPI document: an answer that is not in it is a defect of one of the two. */
export class DocumentCheck {
  readonly #document: Document;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: true });
  readonly #patterns: { template: string; pattern: RegExp }[];

  constructor(document: Readonly<Record<string, unknown>>) {
    this.#document = document as unknown as Document;
    addFormats.default(this.#ajv as never);
    this.#ajv.addSchema({ ...document, $id: 'document' });
    this.#patterns = Object.keys(this.#document.paths)
      .sort((a, b) => placeholders(a) - placeholders(b))
      .map((template) => ({ template, pattern: templatePattern(template) }));
  }

  /** Raises an error that says what the document expected and what came. */
  check(answer: Answer): void {
    const { method, path, status } = answer;
    const template = this.#patterns.find(({ pattern }) => pattern.test(path))?.template;
    const operation = template ? this.#document.paths[template]?.[method.toLowerCase()] : undefined;
    if (!template || !operation) {
      if ([404, 405, 429].includes(status)) return;
      throw new Error(`${method} ${path} answered ${status} but is not in the document.`);
    }
    const where = `${method} ${template} ${status}`;
    const response = operation.responses[status];
    if (!response) throw new Error(`${where}: the document knows ${Object.keys(operation.responses)} only.`);
    if (response.content) this.#checkContent(answer, where, template, response.content);
  }

  #checkContent(answer: Answer, where: string, template: string, content: Record<string, unknown>): void {
    const media = answer.contentType?.split(';')[0]?.trim() ?? '';
    if (!(media in content))
      throw new Error(`${where}: came as "${media}", expected ${Object.keys(content)}.`);
    if (!media.endsWith('json') || (media === 'application/json' && typeof answer.body === 'string')) return;
    const steps = [
      'paths',
      template,
      answer.method.toLowerCase(),
      'responses',
      `${answer.status}`,
      'content',
      media,
      'schema',
    ];
    const pointer = steps
      .map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const validate = this.#ajv.getSchema(`document#/${pointer}`);
    if (!validate) throw new Error(`${where}: the document has no schema for ${media}.`);
    if (!validate(answer.body)) {
      throw new Error(
        `${where}: ${this.#ajv.errorsText(validate.errors)} in ${JSON.stringify(answer.body).slice(0, 500)}`,
      );
    }
  }
}

function placeholders(template: string): number {
  return template.split('{').length;
}
