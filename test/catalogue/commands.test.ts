import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Catalogue, EscalationRule, Runbook } from '../../src/catalogue/catalogue.ts';
import { loadCatalogue } from '../../src/catalogue/load.ts';
import { matchAlert } from '../../src/catalogue/match.ts';
import { rehearse } from '../../src/catalogue/rehearse.ts';
import { companyFor } from '../../src/practice/company.ts';
import { stepKinds } from '../../src/steps/index.ts';

const COMMANDS = join(import.meta.dirname, '../../commands');
let catalogue: Catalogue;
beforeAll(async () => {
  const loaded = await loadCatalogue(COMMANDS, (await companyFor(COMMANDS)).settings, stepKinds);
  expect(loaded.problems).toEqual([]);
  catalogue = loaded.catalogue as Catalogue;
});

const runbook = (name: string) => {
  const found = catalogue.services.get('denis')?.runbooks.get(name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
};
const limitsOf = (name: string) =>
  Object.fromEntries(
    runbook(name).checks.map(({ name: check, warning, failing }) => [check, [warning, failing]]),
  );

describe('the runbooks that come with Guardia', () => {
  it('pass their drills', () => {
    const runbooks = [...catalogue.services.values()].flatMap((service) => [...service.runbooks.values()]);
    expect(runbooks.flatMap(rehearse).filter((rehearsal) => rehearsal.faults.length > 0)).toEqual([]);
  });

  it.each([
    ['RedisDown', 'redis-down'],
    ['CeleryBrokerDown', 'redis-down'],
    ['CeleryWorkersDown', 'workers-stuck'],
    ['CeleryQueueGrowing', 'workers-stuck'],
    ['GraphSlow', 'graph-slow'],
    ['CeleryQueueNotConsumed', 'queue-growing'],
    ['MutationsBlocked', 'mutations-blocked'],
    ['TargetDown', 'telemetry-inconsistent'],
    ['ChatTimeout', 'chat-timeout'],
    ['WebSocketDisconnects', 'websocket-drops'],
  ])('claim %s by %s', (alertname, name) => {
    expect(matchAlert(catalogue, { alertname, namespace: 'denis' }).runbook).toBe(name);
  });

  it('keep the limits of the document for Redis', () => {
    expect(limitsOf('redis-down')).toMatchObject({
      ping: [undefined, '!= PONG'],
      memory: ['> 80', '> 90'],
      cpu: ['> 50', undefined],
      'connection-errors': ['> 0', undefined],
    });
    expect(callsOf(runbook('redis-down'))).toEqual([
      ['ping', 300_000, 'sre'],
      ['memory', 0, 'ops'],
      ['broker', 300_000, 'sre'],
      ['Redis has lost data', 'sre'],
    ]);
  });

  it('keep the limits of the document for workers', () => {
    expect(limitsOf('workers-stuck')).toMatchObject({
      'queue-length': ['> 500', '> 1000'],
      'workers-seen': [undefined, '< 1'],
      started: [undefined, ['oldest_s > 600', 'workers < 1']],
      memory: [undefined, '> 1'],
    });
    expect(callsOf(runbook('workers-stuck'))).toEqual([
      ['queue-length', 600_000, 'sre'],
      ['pods', 300_000, 'ops'],
    ]);
  });

  it('keep the limits of the document for the graph', () => {
    expect(limitsOf('graph-slow')).toMatchObject({
      'query-p99': ['> 2', '> 10'],
      'busy-connections': ['> 80', undefined],
      chat: ['> 5', undefined],
    });
    expect(callsOf(runbook('graph-slow'))).toEqual([
      ['query-p99', 300_000, 'sre'],
      ['Data in the graph is corrupt', 'sre'],
    ]);
  });

  it('keep the limits of the document for a queue that is not consumed', () => {
    expect(limitsOf('queue-growing')).toMatchObject({
      'queue-length': [undefined, '> 2000'],
      wait: [undefined, '> 600'],
      idle: [undefined, '> 70'],
    });
    expect(runbook('queue-growing').parameters.replicas).toMatchObject({ default: 6 });
    expect(callsOf(runbook('queue-growing'))).toEqual([
      ['queue-length', 1_800_000, 'sre'],
      ['Jobs are lost', 'sre'],
    ]);
  });

  it('keep the limits of the document for /chat, which is P1 at once', () => {
    expect(limitsOf('chat-timeout')).toMatchObject({ p99: ['> 10', '> 30'], errors: [undefined, '> 10'] });
    const { escalate } = runbook('chat-timeout');
    expect(escalate.map((rule) => [rule.priority, ...callOf(rule)])).toEqual([
      ['P1', 'p99', 0, 'sre'],
      ['P1', 'health', 0, 'sre'],
      ['P1', 'chat', 0, 'sre'],
    ]);
  });

  it('call SRE once /metrics has been down for 5 min', () => {
    expect(callsOf(runbook('telemetry-inconsistent'))).toEqual([['metrics', 300_000, 'sre']]);
  });

  it('have the checklist of the document for whatever happens to Denis', () => {
    const { escalate = [], contacts, roles } = catalogue.services.get('denis') ?? {};
    expect(escalate.map((rule) => [rule.priority, ...callOf(rule)])).toEqual([
      ['P1', 'health', 0, 'sre'],
      ['P1', 'chat', 0, 'sre'],
      ['P1', 'Data is lost', 'sre'],
      ['P1', 'Security is breached', 'emergency'],
      [undefined, 'health', 300_000, 'sre-lead'],
      [undefined, 'pods', 300_000, 'sre'],
      [undefined, 'errors', 0, 'sre'],
      [undefined, 'health,ping,pods,pods', 0, 'sre-lead'],
      [undefined, 'There is no rollback at hand', 'sre-lead'],
    ]);
    expect(contacts?.['sre-lead']?.reach).toMatch('@sre-lead');
    expect(contacts?.emergency?.reach).toBe('+1-555-0199');
    expect(roles?.oncall?.contact).toMatch('@on-call');
  });

  it('leave it to people to think of the last resorts', () => {
    const actions = ['queue-growing', 'mutations-blocked'].flatMap((name) => runbook(name).actions);
    const last = actions.filter(({ risk }) => risk === 'destructive');
    expect(last.map((action) => [action.name, action['suggest-when']])).toEqual([
      ['drain', undefined],
      ['disable-policy', undefined],
    ]);
  });

  it('let nobody purge alone', () => {
    expect(runbook('workers-stuck').actions.find((action) => action.name === 'purge')).toMatchObject({
      risk: 'destructive',
      undo: 'none',
    });
    expect(catalogue.services.get('denis')?.policies.destructive).toMatchObject({ by: ['sre'], votes: 1 });
  });
});

describe('the runbooks of Agente Hotel', () => {
  const hotel = (from = catalogue) => from.services.get('hotel');
  const procedure = (name: string, from = catalogue) => {
    const found = hotel(from)?.runbooks.get(name);
    if (!found) throw new Error(`there is no ${name}`);
    return found;
  };
  const limits = (name: string, from = catalogue) =>
    Object.fromEntries(
      procedure(name, from).checks.map(({ name: check, warning, failing }) => [check, [warning, failing]]),
    );
  const queryOf = (name: string, check: string) =>
    JSON.stringify(procedure(name).checks.find((one) => one.name === check)?.step.input);

  it.each([
    ['DependencyDown', 'dependency-down'],
    ['OrchestratorHighErrorRateWarning', 'orchestrator-errors'],
    ['OrchestratorHighErrorRateCritical', 'orchestrator-errors'],
    ['OrchestratorHighLatencyP95', 'orchestrator-latency'],
    ['OrchestratorSLODegradationWarning', 'slo-degradation'],
    ['OrchestratorSLODegradationCritical', 'slo-degradation'],
    ['OrchestratorSLOBurnRateWarning', 'slo-burn-rate'],
    ['OrchestratorSLOBurnRateCritical', 'slo-burn-rate'],
    ['HighHttp5xxRate', 'http-5xx'],
    ['HighPmsLatencyP95', 'pms-latency'],
    ['CircuitBreakerOpen', 'circuit-breaker-open'],
  ])('claim %s by %s', (alertname, name) => {
    const { service, runbook: matched } = matchAlert(catalogue, { alertname });
    expect([service.name, matched]).toEqual(['hotel', name]);
  });

  it('keep the limits of the document and of its alert rules', () => {
    expect(limits('dependency-down')).toMatchObject({
      asked: ['>= 300', undefined],
      redis: [undefined, '< 1'],
    });
    expect(limits('orchestrator-errors')).toMatchObject({ errors: ['> 5', undefined] });
    expect(queryOf('orchestrator-errors', 'errors')).toContain('> 0.2)');
    expect(queryOf('orchestrator-errors', 'critical')).toMatch(/> 0\.2 and .*> 0\.5\)/);
    expect(limits('orchestrator-latency')).toMatchObject({
      latency: [undefined, '> 2'],
      'pms-latency': [undefined, '> 1'],
      breaker: [undefined, '> 0'],
    });
    expect(limits('http-5xx')).toMatchObject({ rate: [undefined, '> 0.1'] });
    expect(limits('pms-latency')).toMatchObject({ 'pms-latency': [undefined, '> 1'] });
    expect(limits('circuit-breaker-open')).toMatchObject({ breaker: [undefined, '> 0'] });
    expect(queryOf('slo-burn-rate', 'critical-pair')).toMatch(/fast2 \/ 14\.4.*slow2 \/ 6.*rate_all > 0\.5/);
    expect(queryOf('slo-burn-rate', 'warning-pair')).toMatch(/fast \/ 2.*burn_rate_slow,.*rate_all > 0\.5/);
    expect(procedure('slo-degradation').escalate.map(callOf)).toEqual([
      ['success-rate', 600_000, 'engineering'],
    ]);
    expect(procedure('pms-latency').escalate.map(callOf)).toEqual([['pms-latency', 600_000, 'pms']]);
  });

  it('judge by SLO_TARGET, 99 unless it is set, and only over the floor of traffic', async () => {
    expect(hotel()?.objectives).toMatchObject({ success: { target: 99 }, 'traffic-floor': { limit: 0.5 } });
    expect(limits('slo-degradation')).toMatchObject({
      'success-rate': ['< 99', '< 97'],
      traffic: ['<= 0.5', undefined],
    });
    expect(queryOf('slo-degradation', 'success-rate')).toContain('(orchestrator_message_rate_all > 0.5)');
    const loaded = await loadCatalogue(
      COMMANDS,
      { ...(await companyFor(COMMANDS)).settings, SLO_TARGET: '99.5' },
      stepKinds,
    );
    expect(limits('slo-degradation', loaded.catalogue)).toMatchObject({ 'success-rate': ['< 99.5', '< 97'] });
  });

  it('run by the clock of Buenos Aires, and by themselves only what is safe', () => {
    const zone = 'America/Argentina/Buenos_Aires';
    expect(procedure('morning-checklist').schedule).toEqual({ at: '08:00', zone });
    expect(procedure('weekly-maintenance').schedule).toEqual({
      at: '04:00',
      on: ['sunday'],
      zone,
      runs: ['optimise-database'],
    });
  });

  it('let nobody delete, restore, revert or change the target alone', () => {
    const actions = [...(hotel()?.runbooks.values() ?? [])].flatMap((one) => one.actions);
    const destructive = actions.filter(({ risk }) => risk === 'destructive').map(({ name }) => name);
    expect(destructive.sort()).toEqual(['change-slo-target', 'delete-logs', 'recover', 'revert']);
    expect(hotel()?.policies.destructive).toMatchObject({ by: ['engineering'], votes: 1 });
  });

  it('refuse to change the target during an incident, and say why', () => {
    const [change] = procedure('slo-target').actions;
    expect(change?.neverDuringIncident).toMatch(/post-mortem/);
  });

  it('suggest no restart of QloApps where the mock is at fault', () => {
    const mock = rehearse(procedure('dependency-down')).find(({ drill }) => drill === 'mock-at-zero');
    expect(mock?.sentence).toMatch(/the mock itself is at fault/);
    expect(procedure('dependency-down').drills['mock-at-zero']?.expect.suggests).toBeUndefined();
  });
});

function callsOf({ escalate }: Runbook) {
  return escalate.map(callOf);
}

/** Which checks hold for how long, or what a person sees, and whom that calls. */
function callOf({ when, to }: EscalationRule) {
  if (when.by === 'checks') return [when.checks.map(({ check }) => check).join(), when.forMs, to];
  return [when.by === 'person' ? when.says : when.forMs, to];
}
