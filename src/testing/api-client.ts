import type { DocumentCheck } from './document-check.js';

export interface ApiRequest {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly form?: FormData;
  readonly headers?: Readonly<Record<string, string>>;
}

// biome-ignore lint/suspicious/noExplicitAny: tests name what they expect.
export interface ApiAnswer<T = any> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface SentEvent {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests name what they expect.
  readonly data: any;
}

/** Calls a server as an app would, over HTTP, and holds every answer against the API document. */
export class ApiClient {
  readonly #url: string;
  readonly #check: DocumentCheck;

  constructor(url: string, check: DocumentCheck) {
    this.#url = url;
    this.#check = check;
  }

  get = (path: string, request?: ApiRequest) => this.call('GET', path, request);
  post = (path: string, request?: ApiRequest) => this.call('POST', path, request);
  put = (path: string, request?: ApiRequest) => this.call('PUT', path, request);
  patch = (path: string, request?: ApiRequest) => this.call('PATCH', path, request);
  delete = (path: string, request?: ApiRequest) => this.call('DELETE', path, request);

  /** `path` below `/api/v1`, or from the root when it starts with `//`. */
  async call(method: string, path: string, request: ApiRequest = {}): Promise<ApiAnswer> {
    const response = await this.send(method, path, request);
    const text = await response.text();
    const contentType = response.headers.get('content-type');
    const body = contentType?.includes('json') ? JSON.parse(text) : text;
    this.#check.check({
      method,
      path: new URL(response.url).pathname,
      status: response.status,
      contentType,
      body,
    });
    return { status: response.status, headers: response.headers, body };
  }

  send(
    method: string,
    path: string,
    { token, body, form, headers = {} }: ApiRequest = {},
  ): Promise<Response> {
    return fetch(`${this.#url}${path.startsWith('//') ? path.slice(1) : `/api/v1${path}`}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(form && { body: form }),
    });
  }

  /** The whole event stream of a POST. */
  async stream(path: string, request: ApiRequest): Promise<SentEvent[]> {
    const response = await this.send('POST', path, request);
    if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
      throw new Error(`expected an event stream, got ${response.status}: ${await response.text()}`);
    }
    return parseEvents(await response.text());
  }

  async login(
    login: string,
    password: string,
  ): Promise<{ accessToken: string; refreshToken: string; user: { id: string } }> {
    const answer = await this.post('/auth/login', { body: { login, password } });
    if (answer.status !== 200) throw new Error(`sign-in failed: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

export function parseEvents(text: string): SentEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block.trim() !== '' && !block.startsWith(':'))
    .map((block) => {
      const field = (name: string) =>
        block
          .split('\n')
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2) ?? '';
      return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) };
    });
}
