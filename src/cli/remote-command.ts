import {
  type CommandOutcome,
  type CommandProblem,
  type CommandProgress,
  type ControlFile,
  controlMediaType,
  controlPath,
} from '../platform/commands/index.js';

export interface RemoteCall {
  readonly name: string;
  readonly options: unknown;
  readonly file: Uint8Array | undefined;
  readonly fileName?: string | undefined;
  readonly signal: AbortSignal;
  readonly progress: (step: CommandProgress) => void;
}

/**
 * Runs a command in the server that `control` names. Undefined when no such server is there (any
 * more): nothing listens, or somebody else does, who knows neither the token nor the path. Once the
 * server has taken the command a broken connection is a problem, never a reason to run it twice.
 */
export async function runInServer(
  control: ControlFile,
  call: RemoteCall,
): Promise<CommandOutcome | undefined> {
  const response = await post(control, call);
  if (response === undefined) return undefined;
  const isOurs = response.headers.get('content-type')?.startsWith(controlMediaType) ?? false;
  if (response.status === 404 || (response.ok && !isOurs)) {
    await response.body?.cancel();
    return undefined;
  }
  if (!response.ok) return failed(await problemOfAnswer(response));
  try {
    return await readLines(response, call.progress);
  } catch (error) {
    return failed(lostProblem(call.signal), error);
  }
}

async function post({ url, token }: ControlFile, call: RemoteCall): Promise<Response | undefined> {
  const query = new URLSearchParams({ options: JSON.stringify(call.options) });
  const form = new FormData();
  if (call.file) form.set('file', new Blob([new Uint8Array(call.file)]), call.fileName ?? 'file');
  try {
    return await fetch(`${url}${controlPath}/${encodeURIComponent(call.name)}?${query}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      ...(call.file && { body: form }),
      redirect: 'error',
      signal: call.signal,
    });
  } catch (error) {
    const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code;
    if (code === 'ECONNREFUSED') return undefined;
    throw new Error(`The server at ${url} did not answer: ${code ?? (error as Error).message}`, {
      cause: error,
    });
  }
}

async function readLines(response: Response, progress: RemoteCall['progress']): Promise<CommandOutcome> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') continue;
      const message = JSON.parse(line) as Message;
      if (message.progress) progress(message.progress);
      if (message.result) return { ok: true, result: message.result };
      if (message.error) return failed(message.error);
    }
  }
  throw new Error('the answer ended without a result');
}

interface Message {
  readonly progress?: CommandProgress;
  readonly result?: Record<string, unknown>;
  readonly error?: CommandProblem;
}

async function problemOfAnswer(response: Response): Promise<CommandProblem> {
  const body = (await response.json().catch(() => ({}))) as Partial<CommandProblem>;
  return {
    code: body.code ?? 'command-refused',
    title: body.title ?? `The server answered ${response.status}`,
    detail: body.detail ?? 'It gave no reason; its log may.',
  };
}

function lostProblem(signal: AbortSignal): CommandProblem {
  return {
    code: 'connection-lost',
    title: signal.aborted ? 'Interrupted' : 'The connection to the server was lost',
    detail: 'The command may have taken effect, in part or as a whole: look before you repeat it.',
  };
}

function failed(problem: CommandProblem, error: unknown = problem): CommandOutcome {
  return { ok: false, problem, error };
}
