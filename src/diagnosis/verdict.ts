import { handsOf } from '../catalogue/by-hand.ts';
import type { Runbook } from '../catalogue/catalogue.ts';
import type { Finding, Status, Verdict } from './finding.ts';

/** The order in which people want to read findings. */
const ORDER: readonly Status[] = ['failing', 'warning', 'unknown', 'healthy'];

export function worstFirst(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));
}

/** What follows from the findings: a status, a sentence, and which actions fit. Pure. */
export function verdictOf(runbook: Runbook, findings: readonly Finding[]): Verdict {
  const counts = { failing: 0, warning: 0, unknown: 0, healthy: 0 };
  for (const finding of findings) counts[finding.status] += 1;
  const status = ORDER.find((candidate) => counts[candidate] > 0) ?? 'unknown';
  const failing = new Set(
    findings.filter((finding) => finding.status === 'failing').map((finding) => finding.check),
  );
  const suggests = runbook.actions
    .filter((action) => action['suggest-when']?.some((check) => failing.has(check)))
    .map((action) => action.name);
  return { status, sentence: sentenceOf(runbook, status, findings), counts, suggests };
}

function sentenceOf(runbook: Runbook, status: Status, findings: readonly Finding[]): string {
  if (findings.length === 0)
    return handsOf(runbook).length > 0 ? 'Everything here is looked at by hand.' : 'Nothing was looked at.';
  const of = (wanted: Status) => findings.filter((finding) => finding.status === wanted);
  const unknown = of('unknown');
  const aside = unknown.length === 0 || status === 'unknown' ? '' : ` Not known: ${titles(unknown)}.`;
  if (status === 'failing') return `${joined(of('failing').map(meaning))}.${aside}`;
  if (status === 'warning') return `Nothing fails, but watch: ${titles(of('warning'))}.${aside}`;
  if (status === 'unknown')
    return `Nothing is known to fail, but these could not answer: ${titles(unknown)}.`;
  return `All ${findings.length} checks are healthy.`;
}

function meaning(finding: Finding): string {
  return finding.means?.replace(/\.$/, '') ?? `${finding.title}: ${finding.says}`;
}

function titles(findings: readonly Finding[]): string {
  const all = findings.map((finding) => finding.title);
  return all.join(all.some((title) => title.includes(',')) ? '; ' : ', ');
}

/** "Redis does not answer, and its pod restarts": within one sentence as long as it can go on in lower case. */
function joined(sentences: readonly string[]): string {
  return sentences.reduce((text, sentence, index) => {
    if (index === 0) return sentence;
    const goesOn = lowerFirst(sentence);
    if (goesOn === sentence) return `${text}. ${sentence}`;
    return `${text},${isLastOfItsSentence(sentences, index) ? ' and' : ''} ${goesOn}`;
  }, '');
}

function isLastOfItsSentence(sentences: readonly string[], index: number): boolean {
  const next = sentences[index + 1];
  return next === undefined || lowerFirst(next) === next;
}

/** Lower case at the start, but not for names and acronyms ("Redis", "CPU", "SLO"). */
function lowerFirst(text: string): string {
  const first = text.split(' ', 1)[0] ?? '';
  const common =
    /^(The|A|An|Its|No|Jobs?|Workers?|Pods?|Memory|More|Fewer|Every|Some|There|It|Queue|Connections?|Keys?|Tasks?|Calls?|Too|Over|Nearly|Answers?|Messages?|Requests?|Errors?|Writing|Reading|Integrations?|Queries|Backups?|Logs?|Nobody|Nothing|Most|One|Several|Users?|Customers?|Guests?)$/;
  return common.test(first) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
