import { describe, expect, it } from '@jest/globals';
import { rankedBy } from '../../src/catalogue/rank.ts';
import { CATALOGUE } from '../slack/catalogue.ts';

/** `service/runbook` in the order in which they are offered. */
function offered(typed: string): string[] {
  return [...rankedBy(CATALOGUE, typed).services.values()].flatMap((service) =>
    [...service.runbooks.keys()].map((name) => `${service.name}/${name}`),
  );
}

describe('the type-ahead', () => {
  it('offers everything before anything was typed', () => {
    expect(offered('  ')).toHaveLength(4);
  });

  it('puts what begins so before what only has such a word', () => {
    expect(offered('redis')).toEqual(['denis/redis-down', 'tiles/redis-down']);
    expect(offered('host')).toEqual(['tiles/host-slow']);
    expect(offered('the tile')).toEqual(['tiles/redis-down']);
    expect(offered('down')).toEqual(['denis/redis-down', 'tiles/redis-down']);
    expect(offered('a')).toEqual(['tiles/host-slow', 'tiles/redis-down', 'denis/workers-stuck']);
  });

  it('finds by service and by title, in any case', () => {
    expect(offered('tiles/')).toEqual(['tiles/redis-down', 'tiles/host-slow']);
    expect(offered('Celery stuck')).toEqual(['denis/workers-stuck']);
  });

  it('forgives a slip of the finger, and offers nothing for what is far from all', () => {
    expect(offered('wrokers-stuck')).toEqual(['denis/workers-stuck']);
    expect(offered('zzzzzz')).toEqual([]);
  });
});
