import { useState } from 'react';
import type { DrillView } from '../../protocol.ts';
import { useRemembered } from '../state/remembered.ts';
import { useWorkspace } from '../state/workspace.ts';

/** The drills one can start, and what each is doing. */
export function Drills() {
  const { state } = useWorkspace();
  const [shown, setShown] = useRemembered('drills', 'open');
  const [hint, setHint] = useRemembered('drills-hint', 'open');
  const open = shown === 'open';
  const channel = state.channels.find(({ kind }) => kind === 'channel')?.name ?? 'the channel';
  return (
    <section className="drills" data-panel="drills" aria-label="Drills">
      <button
        type="button"
        className="side-head"
        aria-expanded={open}
        onClick={() => setShown(open ? 'closed' : 'open')}
      >
        <span className={open ? 'caret caret-open' : 'caret'} aria-hidden="true" /> Drills
      </button>
      {open && hint === 'open' && <FirstHint channel={channel} onClose={() => setHint('closed')} />}
      {open && state.drills.length === 0 && <p className="side-note">There is no drill in the catalogue.</p>}
      {open && state.drills.map((drill) => <Drill key={drill.id} drill={drill} />)}
    </section>
  );
}

function FirstHint({ channel, onClose }: { channel: string; onClose(): void }) {
  return (
    <div className="first-hint">
      <button type="button" className="first-hint-close" aria-label="Hide this hint" onClick={onClose}>
        ×
      </button>
      <b>New here?</b>
      <ol>
        <li>Start a drill.</li>
        <li>Watch #{channel}.</li>
        <li>Try the buttons; then switch to an approver.</li>
      </ol>
    </div>
  );
}

function Drill({ drill }: { drill: DrillView }) {
  const { act } = useWorkspace();
  const [busy, setBusy] = useState(false);
  async function toggle() {
    if (busy) return;
    setBusy(true);
    await act({ act: 'drill', id: drill.id, start: !drill.running });
    setBusy(false);
  }
  const verb = drill.running ? 'Stop' : 'Start';
  return (
    <div className={drill.running ? 'drill drill-running' : 'drill'} data-drill={drill.id}>
      <div className="drill-head">
        <b className="drill-title">{drill.title}</b>
        <button
          type="button"
          className="drill-button"
          aria-label={`${verb} the drill ${drill.title}`}
          aria-busy={busy}
          onClick={() => void toggle()}
        >
          {verb}
        </button>
      </div>
      {drill.state !== '' && (
        <p className="drill-state">
          <span className="drill-sign" aria-hidden="true" /> {drill.state}
        </p>
      )}
      <About text={drill.about} />
    </div>
  );
}

const SHORT = 110;

/** What a drill practises: its first lines, and the rest when asked for. */
function About({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  const long = text.length > SHORT;
  return (
    <>
      <p className={long && !whole ? 'drill-about drill-about-short' : 'drill-about'}>{text}</p>
      {long && (
        <button type="button" className="drill-more" aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? 'Less' : 'More'}
        </button>
      )}
    </>
  );
}
