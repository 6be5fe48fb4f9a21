import { hash, timingSafeEqual } from 'node:crypto';

/** Whether an `Authorization` header shows this token; takes the same time whatever it shows. */
export function isBearer(header: string | undefined, token: string): boolean {
  const shown = /^bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  return timingSafeEqual(digest(shown ?? ''), digest(token)) && shown !== undefined;
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
