import type { Neo4jServer } from '../servers/neo4j.ts';
import { until } from '../servers/process.ts';

const WRITE = "MATCH (s:Shelf { name: 'one' }) SET s.seen = timestamp()";
const WHO =
  "SHOW TRANSACTIONS YIELD status, elapsedTime, metaData WHERE metaData.app = 'jam' RETURN status, elapsedTime.milliseconds AS ms";

/** One transaction that holds a lock and one that waits for it, each for over five seconds. */
export async function lockJam(server: Neo4jServer): Promise<{ ends(): Promise<string[]> }> {
  const client = server.client('jam/1.0');
  const [holds, waits] = [client.session(), client.session()];
  const config = { metadata: { app: 'jam' } };
  const holding = holds.beginTransaction(config);
  await holding.run(WRITE);
  const waiting = waits.run(WRITE, {}, config).then(
    () => 'done',
    () => 'ended',
  );
  const looks = client.session();
  await until('both to last for over five seconds', async () => {
    const { records } = await looks.run(WHO);
    return records.length === 2 && records.every((record) => Number(record.get('ms')) > 5_000);
  });
  await looks.close();
  return {
    async ends() {
      const held = await holding.commit().then(
        () => 'done',
        () => 'ended',
      );
      const ends = [held, await waiting];
      await client.close();
      return ends;
    },
  };
}
