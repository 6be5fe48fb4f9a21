import { describe, expect, it } from '@jest/globals';
import type { HomeView, ModalView } from '@slack/types';
import fc from 'fast-check';
import { alertMessage } from '../../src/report/alert.ts';
import { approvalMessage } from '../../src/report/approval.ts';
import { approvalDialog, askDialog, denyDialog } from '../../src/report/approval-dialogs.ts';
import { approvalsMessage } from '../../src/report/approvals.ts';
import { callMessage, reminderMessage } from '../../src/report/call.ts';
import { checklistMessage } from '../../src/report/checklist.ts';
import { diagnosisMessage, diagnosisRoot } from '../../src/report/diagnosis.ts';
import { diagnoseDialog, remediateDialog, runbookOptions } from '../../src/report/dialogs.ts';
import { escalationMessage } from '../../src/report/escalation.ts';
import { evidenceView, previewView } from '../../src/report/evidence.ts';
import { glassDialog, glassMessage } from '../../src/report/glass.ts';
import { cannotDialog, handMessage } from '../../src/report/hand.ts';
import { answerMessage, badParameters, helpMessage, statusMessage } from '../../src/report/help.ts';
import { homeView } from '../../src/report/home.ts';
import type { Message } from '../../src/report/message.ts';
import { noticeMessage } from '../../src/report/notice.ts';
import { progressMessage, proofMessage, unknownMessage } from '../../src/report/run.ts';
import { silenceDialog, silenceMessage } from '../../src/report/silence.ts';
import { lookMessage, snapshotMessage } from '../../src/report/snapshot.ts';
import { snapshotHelp } from '../../src/report/snapshot-help.ts';
import * as any from './arbitrary.ts';
import { optionProblems, problemsOfHome, problemsOfMessage, problemsOfModal } from './limits.ts';

const RUNS = { numRuns: 100 };
const REF = 'alert:5f0c7e4e-1f4a-4a55-9d06-0f2c4b1f7a11';

function holds<T>(arbitrary: fc.Arbitrary<T>, make: (input: T) => Message): void {
  fc.assert(
    fc.property(arbitrary, (input) => {
      const message = make(input);
      expect(problemsOfMessage(message)).toEqual([]);
      callsNobody(message);
    }),
    RUNS,
  );
}

function holdsForModal<T>(arbitrary: fc.Arbitrary<T>, make: (input: T) => ModalView): void {
  fc.assert(
    fc.property(arbitrary, (input) => {
      const view = make(input);
      expect(problemsOfModal(view)).toEqual([]);
      callsNobody(view);
    }),
    RUNS,
  );
}

/** Slack reads markup in a message's text and in mrkdwn; everything else it shows as it is. */
function callsNobody(shown: Message | ModalView | HomeView): void {
  const marked: unknown[] = 'text' in shown ? [shown.text] : [];
  JSON.stringify(shown.blocks, (_, value) => {
    if (value?.type === 'mrkdwn') marked.push(value.text);
    return value;
  });
  for (const evil of any.EVIL) expect(marked.filter((text) => String(text).includes(evil))).toEqual([]);
}

describe('whatever comes from outside, Slack takes the message and it calls nobody', () => {
  it('an alert', () => holds(any.anyAlert, alertMessage));
  it('a diagnosis', () => holds(any.anyDiagnosisView, diagnosisMessage));
  it('the first message of a diagnosis', () => holds(any.anyRoot, diagnosisRoot));
  it('what people look at by hand', () => holds(any.anyChecklist, checklistMessage));
  it('a request for approval, in every state', () => holds(any.anyRequest, approvalMessage));
  it('a direct message to somebody who may approve', () => holds(any.anyRequest, callMessage));
  it('a request in its thread, while it stands elsewhere', () => holds(any.anyRequest, noticeMessage));
  it('a reminder', () => holds(any.anyRequest, reminderMessage));
  it('approvals', () => holds(any.anyApprovals, approvalsMessage));
  it('broken glass and its review', () => holds(any.anyGlass, glassMessage));
  it('a step that is done by hand', () => holds(any.anyHand, handMessage));
  it('progress', () => holds(any.anyProgress, progressMessage));
  it('a proof', () => holds(any.anyProof, proofMessage));
  it('an unknown end', () => holds(any.anyUnknown, unknownMessage));
  it('a silence', () => holds(any.anySilence, silenceMessage));
  it('an escalation', () => holds(any.anyEscalation, escalationMessage));
  it('a snapshot', () =>
    holds(any.anyDiagnosisView, ({ diagnosis, pictures, now }) => {
      const service = { name: diagnosis.service, title: diagnosis.service };
      const { title, findings } = diagnosis;
      return snapshotMessage({ title, service, findings, pictures, by: { team: 'T1', user: 'U1' }, now });
    }));
  it('a picture of what somebody asked for', () =>
    holds(fc.tuple(any.anyDiagnosisView, any.anyText), ([{ diagnosis, pictures, now }, word]) => {
      const [finding] = diagnosis.findings;
      const [picture] = pictures;
      if (!finding || !picture) return answerMessage('');
      const service = { name: word, title: word };
      const subject =
        word.length % 2
          ? ({ of: 'query', service: word, connection: word, query: word, window: '6h' } as const)
          : ({ of: 'panel', service: word, connection: word, link: word } as const);
      const value = { [word]: 1, b: 2 };
      return lookMessage({
        ...{ subject, service, picture, now, by: { team: 'T1', user: 'U1' } },
        finding: { ...finding, value },
      });
    }));
  it('what can be drawn', () =>
    holds(any.anyText, (word) => snapshotHelp({ query: word, service: word, runbook: word, grafana: word })));
  it('an answer', () => holds(any.anyText, (says) => answerMessage(says)));
  it('an answer with lines below it', () =>
    holds(fc.tuple(any.anyText, any.anyText), ([says, code]) => answerMessage(says, code)));
  it('problems with parameters', () =>
    holds(fc.array(any.anyText), (all) => answerMessage(badParameters(all))));
  it('help', () =>
    holds(
      fc.array(fc.record({ command: any.anyText, usage: any.anyText, about: any.anyText })),
      helpMessage,
    ));
  it('status', () =>
    holds(fc.tuple(any.anyText, fc.array(any.anyText, { maxLength: 200 })), ([word, words]) =>
      statusMessage({
        replica: word,
        version: word,
        replicas: words.map((name) => ({ name, seenAt: word })),
        revision: word,
        services: words.map((name) => ({ name, title: name, runbooks: 3 })),
        database: { ok: true, says: word },
        slack: { ok: false, says: word },
        waitingPlans: 1,
        waitingMessages: 0,
        connections: words.map((text) => ({
          ...{ service: text, kind: text, connection: text, state: 'open', since: text, why: text },
          ...{ running: 1, waiting: 2 },
        })),
        warnings: words.map((text) => ({ name: text, says: `${text}\n${text}` })),
        startedAt: word,
        now: '2026-11-14T03:12:00.000Z',
      }),
    ));
});

describe('whatever comes from outside, Slack takes the dialog', () => {
  it('break the glass', () => holdsForModal(any.anyText, (title) => glassDialog('{}', title)));
  it('evidence', () => holdsForModal(any.anyDiagnosis, (diagnosis) => evidenceView(diagnosis, null)));
  it('evidence of one check', () =>
    holdsForModal(any.anyDiagnosis, (diagnosis) =>
      evidenceView(diagnosis, diagnosis.findings[0]?.check ?? 'x'),
    ));
  it('a silence', () =>
    holdsForModal(fc.tuple(any.anySilenceOffer, fc.option(any.anyText)), ([offer, reach]) =>
      silenceDialog(REF, offer, reach),
    ));
  it('a dry run', () => holdsForModal(any.anyPlan, previewView));
  it('an approval', () =>
    holdsForModal(fc.tuple(any.anyText, fc.array(any.anyCriterion, { maxLength: 12 })), ([word, criteria]) =>
      approvalDialog(REF, {
        criteria,
        now: '2026-11-14T03:12:00.000Z',
        ok: true,
        title: word,
        what: word,
        steps: Array(criteria.length).fill(word),
        amount: word,
        undo: word,
        digest: word,
        expiresAt: word,
      }),
    ));
  it('why an approval does not count', () =>
    holdsForModal(any.anyText, (says) => approvalDialog(REF, { ok: false, says })));
  it('a denial', () => holdsForModal(any.anyText, (title) => denyDialog(REF, title)));
  it('why a step cannot be done by hand', () =>
    holdsForModal(any.anyText, (what) => cannotDialog(REF, what)));
  it('a question before an action', () =>
    holdsForModal(fc.tuple(any.anyPlan, any.anyText, any.anyRunbook), ([plan, word, runbook]) =>
      askDialog({
        changed: true,
        metadata: REF,
        service: plan.service,
        runbook,
        lacking: Object.keys(runbook.parameters).map((name) => ({ name, why: word })),
        action: { title: plan.title, risk: plan.risk, about: word, undo: plan.undo },
        parameters: plan.parameters,
        approval: { by: [word, word], votes: 2 },
      }),
    ));
  it('the choice of a runbook', () =>
    holdsForModal(any.anyRunbook, (runbook) => diagnoseDialog({ metadata: REF, runbook })));
  it('the choice of an action', () =>
    holdsForModal(any.anyRunbook, (runbook) =>
      remediateDialog({ metadata: REF, policies: {}, runbook, action: runbook.actions[0]?.name ?? null }),
    ));
  it('the home tab', () => {
    fc.assert(
      fc.property(any.anyHome, (state) => {
        expect(problemsOfHome(homeView(state))).toEqual([]);
        callsNobody(homeView(state));
      }),
      RUNS,
    );
  });
  it('the options of the type-ahead, 100 at most', () => {
    const runbooks = fc.array(any.anyRunbook, { minLength: 1, maxLength: 130, size: 'max' });
    fc.assert(
      fc.property(runbooks, fc.oneof(any.anyText, fc.constant('')), (all, typed) => {
        const about = {
          title: 'x'.repeat(200),
          about: '',
          owner: 'sre',
          channel: 'C1',
          roles: {},
          contacts: {},
          objectives: {},
          escalate: [],
          dashboards: {},
          addresses: {},
          policies: {},
          labels: {},
        };
        const environment = { service: 'a', connections: {}, targets: {} };
        const service = {
          name: 'a',
          ...about,
          environment,
          runbooks: new Map(all.map((one) => [one.name, one])),
        };
        const answer = runbookOptions({ revision: 'r', services: new Map([['a', service]]) }, typed);
        const options =
          'options' in answer ? answer.options : answer.option_groups.flatMap((group) => group.options);
        expect(options.length).toBeLessThanOrEqual(100);
        expect(options.flatMap((option) => optionProblems(option as never))).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});

describe('the check of limits', () => {
  const block = (text: string) => ({
    text: 'x',
    blocks: [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text, verbatim: true } }],
  });

  it.each([
    ['a mention that came from outside the grammar', '<!channel>'],
    ['a torn entity', 'a &am'],
    ['an open code block', '```\nx'],
    ['hidden characters', 'a\u202eb'],
    ['too much text', 'x'.repeat(3_001)],
    ['no text', ''],
  ])('finds %s', (_, text) => {
    expect(problemsOfMessage(block(text))).not.toEqual([]);
  });

  it('takes our own dates, links and mentions', () => {
    expect(
      problemsOfMessage(block('<@U1> <!subteam^S1> <!date^1^{time}|03:12 UTC> <https://a.b/c?d=1&amp;e|x>')),
    ).toEqual([]);
  });
});
