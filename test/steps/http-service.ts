import { type Answer, type Asked, startHttp } from './fakes/http-server.ts';
import { closing, serviceWith } from './harness.ts';

/** A service with one HTTP server of its own that answers as a test wants. */
export async function serverThat(answer: (asked: Asked) => Answer) {
  const server = closing(await startHttp(answer));
  return { server, ...serviceWith({ connections: { http: { kind: 'http', url: server.url } } }) };
}
