import type { Parameters } from '../steps/step-kind.ts';

/** A title whose placeholders nobody has filled in yet: `Purge the queue ‹queue›`. */
export function gaps(text: string): string {
  return text.replace(/\{([a-z][a-z0-9-]*)\}/g, '‹$1›');
}

/** A title with its placeholders filled in: `Purge the queue {queue}` -> `Purge the queue celery`. */
export function inTitle(text: string, parameters: Parameters): string {
  return text.replace(/\{([a-z][a-z0-9-]*)\}/g, (whole, name: string) => {
    const value = parameters[name];
    return value === undefined || value === null ? whole : String(value);
  });
}

/** A title with its placeholders filled in, and with gaps for those that have no value. */
export function filledIn(text: string, parameters: Parameters): string {
  return gaps(inTitle(text, parameters));
}
