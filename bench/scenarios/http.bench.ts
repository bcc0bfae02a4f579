import { forkServer } from '../harness/forked-server.js';
import { measureHttp } from '../harness/http-load.js';
import { type BenchContext, type Case, callFigures, cpuFigure, defineScenario } from '../scenario.js';
import type { HttpServerKind } from '../servers/http.server.js';

const figures = { ...callFigures, ...cpuFigure };
const file = new URL('../servers/http.server.js', import.meta.url);

export default defineScenario({
  summary: 'a JSON answer with every hook of ours (access, context, log, metrics), against bare servers',
  async run(context) {
    const [ours, fastify, node] = [
      await serve(context, 'qingyu'),
      await serve(context, 'bare-fastify'),
      await serve(context, 'bare-node'),
    ];
    await context.compare({ name: 'json-route', figures, ours, against: [fastify, node] });
  },
});

async function serve(context: BenchContext, kind: HttpServerKind): Promise<Case<keyof typeof figures>> {
  const server = await forkServer<{ url: string }>(context, file, { kind });
  return { name: kind, measure: (forMs) => measureHttp({ server, url: server.info.url, forMs }) };
}
