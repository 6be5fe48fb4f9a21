import type { ModalView } from '@slack/types';
import type { Diagnosis } from '../diagnosis/finding.ts';
import type { Message } from './message.ts';
import type { DiagnosisRootView, DiagnosisView } from './states.ts';

export declare function diagnosisMessage(view: DiagnosisView): Message;
export declare function diagnosisRoot(view: DiagnosisRootView): Message;
/** What backs one check's claim, or every one's when `check` is null. */
export declare function evidenceView(diagnosis: Diagnosis, check: string | null): ModalView;
