import { z } from 'zod';
import { durationMs } from '../catalogue/schema-parts.ts';
import { GuardiaError } from '../errors.ts';
import {
  AUTHOR,
  activeAlerts,
  alertmanagerConnection,
  beginSilence,
  endSilence,
  type Labels,
  type Silence,
  serverNamed,
  silenceById,
  silencesNaming,
} from './shared/alertmanager/client.ts';
import {
  alertInWords,
  alertName,
  labelsInWords,
  listed,
  minute,
  named,
  silenceInWords,
} from './shared/alertmanager/words.ts';
import { fillText, unknownPlaceholders } from './shared/placeholders.ts';
import { withoutUserinfo } from './shared/secrets/redaction.ts';
import { count, counted } from './shared/text.ts';
import type { Evidence, Fingerprint, Observation, Performed, StepCall, StepKind } from './step-kind.ts';

const DURATION = /^[1-9]\d{0,4}[mhd]$/;
const LONGEST = '30d';
/** More than that is not a set that anybody has looked at. */
const MOST_ENDED = 100;

const connectionName = { connection: z.string().optional() };
const label = z.string().regex(/^[a-zA-Z_]\w*$/, 'write the name of a label');
const labels = z
  .record(label, z.string().min(1).max(500))
  .refine((given) => Object.keys(given).length > 0, { message: 'name at least one label' });

/** What fills it stands in the silence's comment, and the silence is found again by it. */
const mark = z.string().regex(/^([a-z0-9-]{8,64}|\{[a-z][a-z0-9-]*\})$/, 'write 8 to 64 letters and digits');

const input = z.union([
  z.strictObject({ alerts: labels, ...connectionName }),
  z.strictObject({ silences: labels, mark: mark.optional(), ...connectionName }),
  z.strictObject({
    silence: labels,
    for: z.string().refine((text) => DURATION.test(text) || /^\{[a-z][a-z0-9-]*\}$/.test(text), {
      message: 'write a duration such as 30m or 2h, or one {parameter}',
    }),
    /** The comment that people find in Alertmanager. */
    because: z.string().min(1).max(500),
    ...connectionName,
  }),
  /** As a person asks for it: in their name, and once for each mark, however often it is begun. */
  z.strictObject({
    silence: labels,
    until: z.iso.datetime(),
    because: z.string().min(1).max(500),
    by: z.string().min(1).max(100),
    mark,
    ...connectionName,
  }),
  /** Guardia's own, or with a mark just the one that has it. */
  z.strictObject({ 'end-silence': labels, mark: mark.optional(), ...connectionName }),
]);

type Input = z.output<typeof input>;
type Begin = Extract<Input, { silence: Labels }>;
type BeginFor = Extract<Begin, { for: string }>;
type BeginByPerson = Extract<Begin, { mark: string }>;
type Call = StepCall<Input, z.output<typeof alertmanagerConnection>>;

/**
 * Alertmanager's API v2. Alerts are those that it sends out, silences those that name the very labels. A silence is
 * begun in Guardia's name; ended are Guardia's own, and of others' those that the plan was made for.
 */
export const alertmanager: StepKind<Input, z.output<typeof alertmanagerConnection>> = {
  name: 'alertmanager',
  about: 'Counts active alerts and silences in Alertmanager; begins and ends a silence.',
  input,
  connection: alertmanagerConnection,
  asks: (asked) => ('silence' in asked || 'end-silence' in asked ? 'act' : 'look'),
  check: (asked, parameterNames) => [...unknownPlaceholders(asked, parameterNames), ...tooLong(asked)],
  async observe(call) {
    const { input: asked } = call;
    if ('alerts' in asked) return observeAlerts(call, filled(asked.alerts, call));
    if ('silences' in asked) return observeSilences(call, filled(asked.silences, call), markOf(call));
    throw new GuardiaError('bad-input', 'a check may neither begin nor end a silence');
  },
  async preview(call) {
    const { what, of, because } = actionOf(call);
    if (because === undefined) {
      const doomed = await silencesToEnd(call, of);
      return {
        what,
        amount: counted(doomed.length, 'silence'),
        count: doomed.length,
        evidence: listed('Silences', doomed, silenceInWords),
      };
    }
    const alerts = await activeAlerts(call, of);
    const amount = `${counted(alerts.length, 'alert')} active now`;
    return { what: `${what}: ${because}`, amount, evidence: listed('Alerts', alerts, alertInWords) };
  },
  async fingerprint(call): Promise<Fingerprint> {
    const { what, of, because } = actionOf(call);
    if (because !== undefined)
      return { substance: { what, alerts: asList((await activeAlerts(call, of)).map(alertName)) } };
    return { substance: { what, silences: asList((await silencesToEnd(call, of)).map(({ id }) => id)) } };
  },
  drift: silenceDrift,
  async perform(call) {
    return 'silence' in call.input ? begin(call, call.input) : end(call);
  },
};

/** An alert by a name that nobody saw would go unheard; fewer than were approved are no reason to ask again. */
export function silenceDrift(before: Fingerprint, now: Fingerprint): string[] {
  const [was, is] = [before.substance.what, now.substance.what];
  const others = listIn(now, 'alerts').filter((name) => !listIn(before, 'alerts').includes(name));
  return [
    ...(was === is ? [] : [`what is done changed from "${was}" to "${is}"`]),
    ...(others.length === 0 ? [] : [`it would silence ${named(others)} as well`]),
  ];
}

async function observeAlerts(call: Call, of: Labels): Promise<Observation> {
  const alerts = await activeAlerts(call, of);
  const says =
    alerts.length === 0
      ? `no active alert with ${labelsInWords(of)}`
      : `${counted(alerts.length, 'active alert')}: ${named(alerts.map(alertName))}`;
  const evidence = [page(call, 'alerts'), ...listed('Alerts', alerts, alertInWords)];
  return { value: alerts.length, says, evidence };
}

async function observeSilences(call: Call, of: Labels, mark: string | null): Promise<Observation> {
  const active = (await silencesNaming(call, of)).filter(
    (one) => one.status.state === 'active' && bears(one, mark),
  );
  const [first] = active;
  const says = first
    ? `${counted(active.length, 'silence')}, the first ${silenceInWords(first)}`
    : `no silence of ${labelsInWords(of)}`;
  const evidence = [page(call, 'silences'), ...listed('Silences', active, silenceInWords)];
  return { value: active.length, says, evidence };
}

interface Action {
  /** `silence service=hotel for 1h, at Alertmanager at …` */
  what: string;
  of: Labels;
  /** Of a silence that begins. */
  because?: string;
}

function actionOf(call: Call): Action {
  const { input: asked } = call;
  const where = serverNamed(call);
  if ('silence' in asked) {
    const of = filled(asked.silence, call);
    const time = 'until' in asked ? `until ${minute(asked.until)}` : `for ${lengthOf(asked, call)}`;
    const what = `silence ${labelsInWords(of)} ${time} in ${where}`;
    return { what, of, because: fillText(asked.because, call.parameters, (text) => text) };
  }
  if (!('end-silence' in asked))
    throw new GuardiaError('bad-input', 'an action of alertmanager is silence or end-silence');
  const of = filled(asked['end-silence'], call);
  return { what: `end the silences of ${labelsInWords(of)} in ${where}`, of };
}

/** Of a value that is empty Alertmanager would understand that the label is not there. */
function filled(template: Labels, { parameters }: Call): Labels {
  const pairs = Object.entries(template).map(([name, value]) => [
    name,
    fillText(value, parameters, (text) => text),
  ]);
  const [empty] = pairs.find(([, value]) => value === '') ?? [];
  if (empty !== undefined) throw new GuardiaError('bad-input', `the label ${empty} would have no value`);
  return Object.fromEntries(pairs);
}

function lengthOf(asked: BeginFor, { parameters }: Call): string {
  const length = fillText(asked.for, parameters, (text) => text);
  const [problem] = DURATION.test(length)
    ? tooLong({ ...asked, for: length })
    : ['it is not a duration such as 2h'];
  if (problem) throw new GuardiaError('bad-input', `for ${JSON.stringify(length)}: ${problem}`);
  return length;
}

function tooLong(asked: Input): string[] {
  if (!('for' in asked) || !DURATION.test(asked.for) || durationMs(asked.for) <= durationMs(LONGEST))
    return [];
  return [`a silence of more than ${LONGEST} is a change of the alert's rule`];
}

async function silencesToEnd(call: Call, of: Labels): Promise<Silence[]> {
  const silences = await silencesNaming(call, of);
  if (silences.length <= MOST_ENDED) return silences;
  const message = `${counted(silences.length, 'silence')} of ${labelsInWords(of)} are more than can be ended at once`;
  throw new GuardiaError('refused', message);
}

async function begin(call: Call, asked: Begin): Promise<Performed> {
  const { of, because = '' } = actionOf(call);
  const id =
    'mark' in asked
      ? await beginOnce(call, asked, of, because)
      : await beginSilence(call, of, {
          endsAt: inTime(Date.now() + durationMs(lengthOf(asked, call))),
          comment: because,
          author: AUTHOR,
        });
  const { status, endsAt } = await silenceById(call, id);
  const says = `silenced ${labelsInWords(of)} until ${minute(endsAt)} (${status.state})`;
  return { says, evidence: [page(call, `silences/${encodeURIComponent(id)}`)] };
}

/** Begun before and not seen, it is found by its mark. */
async function beginOnce(call: Call, asked: BeginByPerson, of: Labels, because: string): Promise<string> {
  const mark = markOf(call);
  const before = (await silencesNaming(call, of)).find((one) => bears(one, mark));
  if (before) return before.id;
  const author = fillText(asked.by, call.parameters, (text) => text);
  const comment = `${because} (Guardia ${mark})`;
  return beginSilence(call, of, { endsAt: inTime(Date.parse(asked.until)), comment, author });
}

/** Throws 'bad-input' for a time that is over, or too far away. */
function inTime(at: number): Date {
  const now = Date.now();
  if (at <= now) throw new GuardiaError('bad-input', 'the silence would be over already');
  if (at - now > durationMs(LONGEST) + 60_000)
    throw new GuardiaError('bad-input', `a silence of more than ${LONGEST} is a change of the alert's rule`);
  return new Date(at);
}

/** null where the input names none. */
function markOf({ input: asked, parameters }: Call): string | null {
  return 'mark' in asked && asked.mark !== undefined
    ? fillText(asked.mark, parameters, (text) => text)
    : null;
}

/** Every silence bears no mark. */
function bears({ comment }: Silence, mark: string | null): boolean {
  return mark === null || comment.endsWith(`(Guardia ${mark})`);
}

/** What others have begun since the plan was made stays. */
async function end(call: Call): Promise<Performed> {
  const { of } = actionOf(call);
  const mark = markOf(call);
  const planned = call.planned ? listIn(call.planned, 'silences') : [];
  const all = (await silencesToEnd(call, of)).filter((one) => bears(one, mark));
  const doomed = all.filter(
    ({ id, createdBy }) => mark !== null || createdBy === AUTHOR || planned.includes(id),
  );
  for (const [ended, { id }] of doomed.entries()) {
    await endSilence(call, id).catch((error) => {
      throw interrupted(error, ended, doomed.length);
    });
  }
  const left = all.length - doomed.length;
  const rest = left === 0 ? '' : `; left ${counted(left, 'silence')} that others have begun since`;
  const says = `ended ${counted(doomed.length, 'silence')} of ${labelsInWords(of)}${rest}`;
  const amount = counted(doomed.length, 'silence');
  return { says, amount, evidence: listed('Ended', doomed, silenceInWords) };
}

function interrupted(error: unknown, ended: number, of: number): unknown {
  if (!(error instanceof GuardiaError) || ended === 0) return error;
  return error.saying(`${error.message}, after ${count(ended)} of ${count(of)} had been ended`);
}

/** A fingerprint holds single values; a list in it is JSON, each entry once and in order. */
function asList(entries: readonly string[]): string {
  return JSON.stringify([...new Set(entries)].sort());
}

function listIn({ substance }: Fingerprint, key: string): string[] {
  const list = substance[key];
  return typeof list === 'string' ? JSON.parse(list) : [];
}

function page({ connection }: Call, path: string): Evidence {
  return { label: 'Alertmanager', text: `${withoutUserinfo(connection.url)}/#/${path}` };
}
