import { PassThrough } from 'node:stream';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { access, defineRoute, type Route } from '../http/index.js';
import type { Logger } from '../logger/index.js';
import type { AnyCommand } from './command.js';
import { isUsageProblem } from './command-errors.js';
import { commandNamed, fileTooLarge, problemOf, runCommand } from './run-command.js';

export const controlPath = '/internal/commands';
export const controlMediaType = 'application/x-ndjson';

/** A command may take a day; its caller ends it by going away. */
const timeLimitMs = 24 * 60 * 60 * 1000;
/** An empty line now and then, so that neither side takes a long silence for a dead connection. */
const heartbeatMs = 10_000;
/** Fallback for a file nobody declared: it is refused after this. */
const undeclaredFileBytesMax = 1024;

/**
 * POST /internal/commands/{name}?options={JSON}, for the `qingyu` of this machine: with an embedded
 * database only the server may open the data. A file comes as the multipart part `file`. The answer
 * is a JSON object a line: `{ progress }` …, then `{ result }` or `{ error }`; a caller that goes away
 * aborts the command.
 */
export function controlRoutes(commands: readonly AnyCommand[], log?: Logger): Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: `${controlPath}/{name}`,
      root: true,
      access: access.control,
      summary: 'Run a command inside the server',
      params: Type.Object({ name: Type.String({ maxLength: 100 }) }),
      query: Type.Object({ options: Type.String({ default: '{}', description: 'The options as JSON' }) }),
      multipart: Type.Object({
        file: Type.Optional(Type.String({ description: 'Content for the command' })),
      }),
      timeLimitMs,
      example: { params: { name: 'unknown' } },
      responses: {
        200: {
          description: 'Progress, then the result or the problem, a JSON object a line',
          media: { type: controlMediaType, example: '{"result":{}}\n' },
        },
      },
      handler: async (request, reply) => {
        const { name } = request.params;
        const upload = request.isMultipart()
          ? await readUpload(commands, name, (limits) => request.file({ limits }))
          : { content: undefined, fileName: undefined };
        const lines = openLines(reply, request.abandoned);
        const finish = (line: object) => lines.end(line);
        if ('error' in upload) finish({ error: problemOf(upload.error) });
        else void answer(request.query.options, upload);
        return lines.stream;

        async function answer(optionsText: string, { content, fileName }: UploadedFile) {
          const outcome = await runCommand(commands, name, parseOptions(optionsText), {
            file: content,
            fileName,
            signal: lines.signal,
            progress: (progress) => lines.write({ progress }),
          });
          if (!outcome.ok && !isUsageProblem(outcome.problem)) {
            log?.error({ err: outcome.error, command: name }, 'command failed');
          }
          finish(outcome.ok ? { result: outcome.result } : { error: outcome.problem });
        }
      },
    }),
  ];
}

/** What is no JSON is refused by the check of the options, which wants an object. */
function parseOptions(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface UploadedFile {
  readonly content: Uint8Array | undefined;
  readonly fileName: string | undefined;
}

type Upload = UploadedFile | { readonly error: unknown };

async function readUpload(
  commands: readonly AnyCommand[],
  name: string,
  open: (limits: { fileSize: number }) => Promise<MultipartFile | undefined>,
): Promise<Upload> {
  let command: AnyCommand | undefined;
  try {
    command = commandNamed(commands, name);
    const part = await open({ fileSize: command.file?.maxBytes ?? undeclaredFileBytesMax });
    return { content: await part?.toBuffer(), fileName: part?.filename };
  } catch (error) {
    const tooLarge = (error as NodeJS.ErrnoException).code === 'FST_REQ_FILE_TOO_LARGE';
    return { error: tooLarge && command ? fileTooLarge(command) : error };
  }
}

/** The answer as it grows. Progress that the caller does not take is left out: only the newest matters. */
function openLines(reply: FastifyReply, abandoned: AbortSignal) {
  const stream = new PassThrough();
  const heartbeat = setInterval(() => stream.write('\n'), heartbeatMs);
  reply.header('content-type', controlMediaType).header('cache-control', 'no-store');
  abandoned.addEventListener('abort', () => clearInterval(heartbeat), { once: true });
  return {
    stream,
    signal: abandoned,
    write(line: object) {
      if (!stream.writableNeedDrain && !abandoned.aborted) stream.write(`${JSON.stringify(line)}\n`);
    },
    end(line: object) {
      clearInterval(heartbeat);
      stream.end(`${JSON.stringify(line)}\n`);
    },
  };
}
