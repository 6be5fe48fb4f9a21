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
      {open && hint === 'open' && <FirstHint onClose={() => setHint('closed')} />}
      {open && state.drills.length === 0 && <p className="side-note">There is no drill in the catalogue.</p>}
      {open && state.drills.length > 0 && <DrillList drills={state.drills} />}
    </section>
  );
}

/** By service, and within it by runbook; what runs stands on top, and words narrow it down. */
function DrillList({ drills }: { drills: readonly DrillView[] }) {
  const [words, setWords] = useState('');
  const running = drills.filter((drill) => drill.running);
  const found = drills.filter((drill) => fits(drill, words));
  const services = [...new Set(found.map((drill) => drill.service))];
  return (
    <>
      {drills.length > MANY && (
        <input
          className="drill-filter"
          type="search"
          placeholder="Find a drill"
          aria-label="Find a drill"
          value={words}
          onChange={(event) => setWords(event.target.value)}
        />
      )}
      {running.map((drill) => (
        <Drill key={drill.id} drill={drill} />
      ))}
      {found.length === 0 && <p className="side-note">No drill has these words.</p>}
      {services.map((service, index) => (
        <ServiceDrills
          key={service}
          service={service}
          first={index === 0}
          all={words !== ''}
          drills={found.filter((drill) => drill.service === service && !drill.running)}
        />
      ))}
    </>
  );
}

const MANY = 6;

function fits(drill: DrillView, words: string): boolean {
  const text = `${drill.id} ${drill.title} ${drill.about.title} ${drill.about.symptoms}`.toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

interface ServiceDrillsProps {
  service: string;
  drills: readonly DrillView[];
  /** The first service is open until somebody closes it. */
  first: boolean;
  /** Somebody is looking for something: all that was found is shown. */
  all: boolean;
}

function ServiceDrills({ service, drills, first, all }: ServiceDrillsProps) {
  const [shown, setShown] = useRemembered(`drills-${service}`, first ? 'open' : 'closed');
  const open = all || shown === 'open';
  const runbooks = [...new Set(drills.map((drill) => drill.runbook))];
  return (
    <div className="drill-service">
      <button
        type="button"
        className="drill-service-head"
        aria-expanded={open}
        onClick={() => setShown(open ? 'closed' : 'open')}
      >
        <span className={open ? 'caret caret-open' : 'caret'} aria-hidden="true" /> {service}
        <span className="drill-count">{drills.length}</span>
      </button>
      {open &&
        runbooks.map((runbook) => (
          <RunbookDrills key={runbook} drills={drills.filter((one) => one.runbook === runbook)} />
        ))}
    </div>
  );
}

/** What the runbook is about stands once; its drills are ways in which it happens. */
function RunbookDrills({ drills }: { drills: readonly DrillView[] }) {
  const [first] = drills;
  if (!first) return null;
  return (
    <fieldset className="drill-runbook">
      <legend>{first.about.title}</legend>
      <About text={first.about.symptoms} />
      {drills.map((drill) => (
        <Drill key={drill.id} drill={drill} />
      ))}
    </fieldset>
  );
}

function FirstHint({ onClose }: { onClose(): void }) {
  return (
    <div className="first-hint">
      <button type="button" className="first-hint-close" aria-label="Hide this hint" onClick={onClose}>
        ×
      </button>
      <b>New here?</b>
      <ol>
        <li>Start a drill.</li>
        <li>Watch its service’s channel.</li>
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
    </div>
  );
}

const SHORT = 110;

/** What a runbook is about: its first lines, and the rest when asked for. */
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
