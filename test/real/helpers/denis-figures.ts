/** Figures that an exporter gave before a test begins, and gives from then on. */
export interface Exported {
  /** For the history of a Prometheus: every minute of the last 75, up to a minute ago. */
  history: string;
  /** A page of them. */
  page(): string;
}

interface Figure {
  name: string;
  labels?: string;
  /** What it shows, or by how much it grows in a second. */
  shows?: number;
  grows?: number;
}

/** Test equipment in the place of celery-exporter's counters, Neo4j's exporter (Enterprise has it) and Jaeger. */
const OTHERS: readonly Figure[] = [
  ...['sent', 'received', 'started', 'succeeded'].map((what) => ({
    name: `celery_task_${what}_total`,
    labels: 'queue_name="celery"',
    grows: 2,
  })),
  { name: 'celery_task_failed_total', labels: 'queue_name="celery"', shows: 0 },
  ...['1', '10', '+Inf'].map((le) => ({
    name: 'celery_task_runtime_bucket',
    labels: `le="${le}"`,
    grows: 2,
  })),
  {
    name: 'neo4j_database_neo4j_db_query_execution_latency_millis',
    labels: 'quantile="0.99"',
    shows: 400,
  },
  { name: 'neo4j_database_neo4j_transaction_active_write', shows: 1 },
  { name: 'neo4j_dbms_bolt_connections_running', shows: 12 },
  { name: 'neo4j_dbms_page_cache_hit_ratio', shows: 0.97 },
  { name: 'jaeger_collector_spans_received_total', labels: 'svc="denis"', grows: 30 },
  { name: 'jaeger_collector_spans_dropped_total', labels: 'svc="denis"', shows: 0 },
];

/** What the comparison with the hour before needs, of figures that others give by now. */
const BEFORE: readonly Figure[] = [
  { name: 'ws_disconnect_rate', labels: 'job="denis"', shows: 0.2 },
  { name: 'celery_queue_length', labels: 'job="celery",queue_name="celery"', shows: 0 },
];

export function otherFigures(): Exported {
  const began = Date.now() / 1_000 - 75 * 60;
  const minutes = Array.from({ length: 75 }, (_, minute) => Math.floor(began) + minute * 60);
  const valueAt = ({ shows = 0, grows = 0 }: Figure, at: number) => shows + grows * (at - began);
  const series = (figure: Figure) =>
    minutes.map((at) => `${figure.name}{${figure.labels ?? ''}} ${valueAt(figure, at)} ${at}\n`);
  const byName = Map.groupBy([...OTHERS, ...BEFORE], ({ name }) => name);
  return {
    history: [...byName]
      .flatMap(([name, all]) => [`# TYPE ${name} unknown\n`, ...all.flatMap(series)])
      .join(''),
    page: () =>
      OTHERS.map((figure) => {
        const { name, labels = '' } = figure;
        return `${name}{${labels}} ${valueAt(figure, Date.now() / 1_000)}\n`;
      }).join(''),
  };
}
