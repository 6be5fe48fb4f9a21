import type { Workspace } from '../context.ts';
import { createActor } from './actor.ts';
import { createChanges } from './changes.ts';
import { describeWorkspace } from './description.ts';
import { createSeen } from './seen.ts';
import type { Driver, Seen, Waiting } from './types.ts';

const PATIENCE_MS = 15_000;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const CHALLENGE = { type: 'url_verification', token: 'practice', challenge: 'practice' };

export function createDriver(ws: Workspace): Driver {
  const seen = createSeen(ws);
  const waitFor: Driver['waitFor'] = (predicate, options) => wait(ws, seen, predicate, options);
  return {
    ...seen,
    waitFor,
    as: (user) => createActor(ws, user, waitFor),
    send: (body, headers = {}) => ws.sender.raw('raw', body, { ...FORM, ...headers }),
    verifyUrl: () => ws.sender.json('url_verification', CHALLENGE),
    change: createChanges(ws),
  };
}

function wait<T>(
  ws: Workspace,
  seen: Seen,
  predicate: (seen: Seen) => T | undefined | null | false,
  { what, timeoutMs = PATIENCE_MS }: Waiting,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  function look(): void {
    try {
      const found = predicate(seen);
      if (found !== undefined && found !== null && found !== false) resolve(found);
    } catch (error) {
      reject(error);
    }
  }
  const timer = setTimeout(() => {
    const instead = describeWorkspace(ws, seen);
    reject(new Error(`Waited ${timeoutMs} ms for ${what}, in vain. What there was instead:\n${instead}`));
  }, timeoutMs);
  const unlisten = ws.journal.listen(look);
  look();
  return promise.finally(() => {
    clearTimeout(timer);
    unlisten();
  });
}
