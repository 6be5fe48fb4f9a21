import type { KnownBlock } from '@slack/types';
import {
  type FormEvent,
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import type { ViewView } from '../../protocol.ts';
import { Blocks } from '../blocks/blocks.tsx';
import { SurfaceProvider, useEntries } from '../blocks/surface-provider.tsx';
import { collectValues, problemsOf } from '../state/values.ts';
import { useWorkspace } from '../state/workspace.ts';
import { Avatar } from './avatar.tsx';
import { Boundary } from './boundary.tsx';
import { Dialog } from './dialog.tsx';

/** The stack of open modals. Only the topmost can be seen and used; those below keep what was entered. */
export function Modals({ modals }: { modals: readonly ViewView[] }) {
  return modals.map((view, index) => (
    <Modal key={view.id} view={view} deep={index > 0} covered={index < modals.length - 1} />
  ));
}

function Modal({ view, deep, covered }: { view: ViewView; deep: boolean; covered: boolean }) {
  const { act } = useWorkspace();
  const titleId = useId();
  const form = useRef<HTMLFormElement>(null);
  const { blocks, store, errors, busy, submit } = useSubmission(view);
  useFirstError(form, errors);
  const close = () => void act({ act: 'view_close', view: view.id });
  function pressed(event: KeyboardEvent) {
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) form.current?.requestSubmit();
  }
  return (
    <Dialog
      className={covered ? 'dialog dialog-modal dialog-covered' : 'dialog dialog-modal'}
      labelledBy={titleId}
      onClose={close}
    >
      <form
        ref={form}
        className="modal"
        data-view={view.id}
        noValidate
        onSubmit={(event) => void submit(event)}
        onKeyDown={pressed}
      >
        <ModalHead titleId={titleId} title={view.title ?? ''} deep={deep} onClose={close} />
        <div className="modal-body">
          <SurfaceProvider source={{ view: view.id }} blocks={blocks} errors={errors} store={store}>
            <Boundary>
              <Blocks blocks={blocks} />
            </Boundary>
          </SurfaceProvider>
        </div>
        <ModalFoot view={view} busy={busy} onClose={close} />
      </form>
    </Dialog>
  );
}

/** What was entered, what is wrong with it, and how it is sent. */
function useSubmission(view: ViewView) {
  const { act } = useWorkspace();
  const store = useEntries();
  const [busy, setBusy] = useState(false);
  const [problems, setProblems] = useState<Record<string, string>>({});
  const blocks = view.blocks as KnownBlock[];
  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy || !view.submit) return;
    const values = collectValues(blocks, store.latest());
    const found = problemsOf(blocks, values);
    setProblems(found);
    if (Object.keys(found).length > 0) return;
    setBusy(true);
    await act({ act: 'view_submit', view: view.id, values });
    setBusy(false);
  }
  const errors = Object.keys(problems).length > 0 ? problems : (view.errors ?? {});
  return { blocks, store, errors, busy, submit };
}

interface ModalHeadProps {
  titleId: string;
  title: string;
  deep: boolean;
  onClose(): void;
}

function ModalHead({ titleId, title, deep, onClose }: ModalHeadProps) {
  const { state } = useWorkspace();
  return (
    <header className="modal-head">
      {deep ? (
        <button type="button" className="icon-button" aria-label="Back" onClick={onClose}>
          ←
        </button>
      ) : (
        <Avatar person={state.bot} size="small" />
      )}
      <h2 className="dialog-title" id={titleId}>
        {title}
      </h2>
      <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
        ×
      </button>
    </header>
  );
}

function ModalFoot({ view, busy, onClose }: { view: ViewView; busy: boolean; onClose(): void }) {
  const { close, submit } = view;
  return (
    <footer className="dialog-buttons">
      <button
        type="button"
        className="button button-default"
        data-focus={submit ? undefined : true}
        onClick={onClose}
      >
        {close ?? (submit ? 'Cancel' : 'Close')}
      </button>
      {submit && (
        <button type="submit" className="button button-primary-solid" aria-busy={busy}>
          <span className="button-text">{submit}</span>
          {busy && <span className="spinner" aria-hidden="true" />}
        </button>
      )}
    </footer>
  );
}

/** Puts the focus on the first field that is wrong. */
function useFirstError(form: RefObject<HTMLFormElement | null>, errors: Record<string, string>): void {
  const wrong = JSON.stringify(errors);
  useEffect(() => {
    if (wrong === '{}') return;
    form.current?.querySelector<HTMLElement>('.input-invalid :is(input, textarea)')?.focus();
  }, [form, wrong]);
}
