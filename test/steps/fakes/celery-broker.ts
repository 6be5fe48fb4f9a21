export type Lists = Map<string, string[]>;

/** Lists of jobs as Redis keeps them: put in at the left, taken out at the right. */
export function listsWith(lengths: Record<string, number>): Lists {
  const jobs = (list: string, length: number) => Array.from({ length }, (_, n) => `${list} job ${n}`);
  return new Map(Object.entries(lengths).map(([list, length]) => [list, jobs(list, length).reverse()]));
}

const bulk = (text: string) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const array = (items: readonly string[]) => `*${items.length}\r\n${items.map(bulk).join('')}`;

/** What Kombu writes down of these queues and of two in which workers talk to each other. */
function bindings(queues: readonly string[]): Record<string, string> {
  const rest = { 'celery.pidbox': 'w1@h.celery.pidbox', celeryev: 'celeryev.0a37f8df' };
  const all = Object.entries({ ...Object.fromEntries(queues.map((name) => [name, name])), ...rest });
  return Object.fromEntries(
    all.map(([of, queue]) => [`_kombu.binding.${of}`, `${of}\x06\x16\x06\x16${queue}`]),
  );
}

/** What such a Redis answers to a command, in bytes. */
export function answered(lists: Lists, [command, key = '', to = '', out, into]: string[]): string {
  const list = lists.get(key) ?? [];
  const bound = bindings(
    [...lists.keys()].filter((name) => !name.includes('\x06') && !name.endsWith('.dead-letter')),
  );
  if (command === 'LLEN') return `:${list.length}\r\n`;
  if (command === 'SCAN') return `*2\r\n${bulk('0')}${array(Object.keys(bound))}`;
  if (command === 'SMEMBERS') return array([bound[key] ?? '']);
  if (command !== 'LMOVE') return '+OK\r\n';
  const job = out === 'RIGHT' ? list.pop() : list.shift();
  if (job === undefined) return '$-1\r\n';
  const others = lists.get(to) ?? [];
  lists.set(to, into === 'LEFT' ? [job, ...others] : [...others, job]);
  return bulk(job);
}
