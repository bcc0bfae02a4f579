import { isUnlimited, type Route, templateOf } from './route.js';

/** Raises an error that says what is missing from a declaration that the documents, the guards and the tests rely on. */
export function checkRoute(route: Route): void {
  const name = `${route.method} ${templateOf(route)}`;
  const refuse = (what: string): never => {
    throw new Error(`Route ${name}: ${what}`);
  };
  if (!route.access) refuse('it declares no access. Say who may call it: access.public, access.user, …');
  if (!route.summary) refuse('it has no summary.');
  const placeholders = [...route.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  for (const placeholder of placeholders) {
    if (!route.params?.properties?.[placeholder]) refuse(`its params schema lacks "${placeholder}".`);
    if (route.example?.params?.[placeholder] === undefined)
      refuse(`its example lacks params.${placeholder}.`);
  }
  if (route.access.kind === 'owner' && !placeholders.includes(route.access.param)) {
    refuse(`its owner parameter "${route.access.param}" is not in the path.`);
  }
  checkCallers(route, refuse);
  if (route.body && route.example?.body === undefined) refuse('it has a body but no example of one.');
  checkResponses(route, refuse);
}

/** Keys and most limits belong to somebody who signed in. */
function checkCallers(route: Route, refuse: (what: string) => never): void {
  const signedIn = ['user', 'owner', 'permission'].includes(route.access.kind);
  if (route.idempotent && !signedIn)
    refuse('it is idempotent, so it needs access.user, .owner or .permission.');
  if (route.idempotent && route.multipart)
    refuse('it is idempotent and multipart: its parts are not known beforehand.');
  if (route.idempotent && route.method === 'GET') refuse('it is a GET, which has no effect to repeat.');
  if (route.stepUp && !signedIn) refuse('it has stepUp, so it needs access.user, .owner or .permission.');
  if (route.rateLimit && isUnlimited(route)) refuse('it declares a rateLimit and is never limited.');
  if (route.rateLimit && route.rateLimit !== 'sign-in' && !signedIn)
    refuse(
      `its rateLimit "${route.rateLimit}" counts users, so it needs access.user, .owner or .permission.`,
    );
}

function checkResponses(route: Route, refuse: (what: string) => never): void {
  const responses = Object.entries(route.responses);
  if (responses.length === 0) refuse('it declares no response.');
  for (const [status, { schema, example, media }] of responses) {
    if (Number(status) >= 400 && !schema)
      refuse(`${status} is a problem without a schema of its own: list its error under "errors".`);
    if (schema && example === undefined) refuse(`its ${status} response has no example.`);
    const needsBody = status !== '204' && Number(status) < 300;
    if (needsBody && !schema && !media)
      refuse(`its ${status} response has neither a schema nor a media type.`);
  }
}
