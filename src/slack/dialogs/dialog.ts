import type { Place } from '../../flows/requests.ts';
import type { Asked } from '../asked.ts';
import type { Tools } from '../tools.ts';
import type { AcknowledgeView, Submitted } from '../views.ts';

/** A dialog that somebody submitted. It has to be acknowledged within three seconds. */
export interface Submission {
  body: Submitted;
  acknowledge: AcknowledgeView;
  /** Who submitted it, answered in the place that the dialog is about. */
  asked(place: Place | null): Asked;
}

export interface Dialog {
  /** Its callback id. */
  id: string;
  submit(submission: Submission, tools: Tools): Promise<void>;
}
