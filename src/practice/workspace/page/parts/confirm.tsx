import type { Confirm } from '@slack/types';
import { createContext, useCallback, useContext, useId, useState } from 'react';
import { Plain, TextObject } from '../text/text.tsx';
import { Dialog } from './dialog.tsx';

interface Question {
  dialog: Confirm;
  answer(yes: boolean): void;
}

export type Ask = (dialog: Confirm) => Promise<boolean>;

export const AskContext = createContext<Ask>(() => Promise.resolve(false));

/** The function that asks a person before a click counts. */
export function useAsk(): Ask {
  return useContext(AskContext);
}

/** Gives the function that asks, and the dialog to show. */
export function useConfirm() {
  const [question, setQuestion] = useState<Question | null>(null);
  const ask: Ask = useCallback(
    (dialog) =>
      new Promise<boolean>((resolve) => {
        const answer = (yes: boolean) => {
          setQuestion(null);
          resolve(yes);
        };
        setQuestion({ dialog, answer });
      }),
    [],
  );
  return { ask, dialog: question && <ConfirmDialog {...question} /> };
}

function ConfirmDialog({ dialog, answer }: Question) {
  const id = useId();
  const no = dialog.deny ?? { type: 'plain_text', text: 'No' };
  const yes = dialog.confirm ?? { type: 'plain_text', text: 'Yes' };
  const style = dialog.style === 'danger' ? 'danger-solid' : 'primary-solid';
  return (
    <Dialog className="dialog dialog-confirm" labelledBy={id} onClose={() => answer(false)}>
      <h2 className="dialog-title" id={id}>
        <Plain text={dialog.title ?? { type: 'plain_text', text: 'Are you sure?' }} />
      </h2>
      <div className="dialog-text">
        <TextObject text={dialog.text} />
      </div>
      <div className="dialog-buttons">
        <button type="button" className="button button-default" data-focus onClick={() => answer(false)}>
          <Plain text={no} />
        </button>
        <button type="button" className={`button button-${style}`} onClick={() => answer(true)}>
          <Plain text={yes} />
        </button>
      </div>
    </Dialog>
  );
}
