import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Answer } from './route.ts';

/** Who may call an endpoint: whoever shows the token; nobody without one. */
export interface Guard {
  token: string | undefined;
  /** Where the token is set: `AUDIT_TOKEN`. */
  setting: string;
  /** What people call it: `audit token`. */
  name: string;
}

/** What somebody hears who may not call; null for who may. */
export function turnedAway(request: IncomingMessage, { token, setting, name }: Guard): Answer | null {
  if (token === undefined) {
    return { status: 404, error: 'closed', message: `This endpoint is closed: ${setting} is not set.` };
  }
  if (isBearer(request.headers.authorization, token)) return null;
  return {
    status: 401,
    error: 'unauthorized',
    message: `Show the ${name}: Authorization: Bearer <token>.`,
    headers: { 'www-authenticate': 'Bearer' },
  };
}

/** Whether an `Authorization` header shows this token; takes the same time whatever it shows. */
function isBearer(header: string | undefined, token: string): boolean {
  const shown = /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  return timingSafeEqual(digest(shown ?? ''), digest(token)) && shown !== undefined;
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
