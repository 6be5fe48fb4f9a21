import type { CurrentCatalogue } from '../catalogue/catalogue.ts';
import { inTitle } from '../catalogue/titles.ts';
import type { Observation, Parameters, Step, StepEnvironment } from '../steps/step-kind.ts';
import { labelsOf } from './drill-alert.ts';
import type { DrillBoard } from './drill-board.ts';

type Labels = Readonly<Record<string, string>>;

interface Asked {
  alerts?: Labels;
  silence?: Labels;
  mark?: string;
}

/** What Alertmanager would know: the alerts of the drills that run, and the silences that were begun here. */
export function simulatedAlertmanager({
  catalogue,
  board,
}: {
  catalogue: CurrentCatalogue;
  board: DrillBoard;
}) {
  const silences = new Set<string>();

  function firing({ service: name }: StepEnvironment, of: Labels): string[] {
    const service = catalogue().services.get(name);
    return [...(service?.runbooks.keys() ?? [])].flatMap((runbook) => {
      const alert = board.running(`${name}/${runbook}`)?.drill.alert;
      if (!alert || !service) return [];
      const labels: Labels = labelsOf(alert, service.labels);
      return Object.entries(of).every(([label, value]) => labels[label] === value) ? [alert.alertname] : [];
    });
  }

  return {
    observe(env: StepEnvironment, { input }: Step, parameters: Parameters): Observation {
      const { alerts, mark } = filled(input as Asked, parameters);
      const evidence = [{ label: 'simulated', text: 'the alerts of the drills that run' }];
      if (!alerts) return { value: silences.has(mark ?? '') ? 1 : 0, evidence };
      const names = firing(env, alerts);
      const says = `${names.length} active ${names.length === 1 ? 'alert' : 'alerts'} (simulated): ${names.join(', ')}`;
      return { value: names.length, says: names.length > 0 ? says : 'no active alert (simulated)', evidence };
    },
    /** A silence has begun, or has ended; false for anything else. */
    note({ kind, input }: Step, parameters: Parameters): boolean {
      const { silence, mark } = filled((input ?? {}) as Asked, parameters);
      if (kind !== 'alertmanager' || mark === undefined) return false;
      if (silence) silences.add(mark);
      else silences.delete(mark);
      return true;
    },
  };
}

function filled(asked: Asked, parameters: Parameters): Asked {
  return JSON.parse(JSON.stringify(asked), (_, value) =>
    typeof value === 'string' ? inTitle(value, parameters) : value,
  );
}
