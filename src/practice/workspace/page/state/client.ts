import type { ActAnswer, PageAct, WorkspaceEvent, WorkspaceState } from '../../protocol.ts';

/** What a connection tells the page. */
export interface Listener {
  state(state: WorkspaceState): void;
  event(event: WorkspaceEvent): void;
  /** Whether the workspace can be reached. */
  link(up: boolean): void;
}

const RETRY_MS = 1_000;

/**
 * Loads the state of one person, then follows its events. When the connection breaks, or the server says that
 * events were missed, it begins anew, so nothing is shown that is not so.
 */
export function connect(as: string, listener: Listener): () => void {
  const stop = new AbortController();
  void follow(as, listener, stop.signal);
  return () => stop.abort();
}

async function follow(as: string, listener: Listener, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const state = await loadState(as, signal);
      listener.state(state);
      listener.link(true);
      if ((await listen(state, listener, signal)) === 'reload') continue;
    } catch {
      // away for now: asked again below
    }
    if (signal.aborted) return;
    listener.link(false);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function loadState(as: string, signal: AbortSignal): Promise<WorkspaceState> {
  const query = new URLSearchParams(as === '' ? {} : { as });
  const response = await fetch(`/practice/state?${query}`, { signal });
  // an address with somebody who is not here opens as whom the workspace chooses
  if (response.status === 404 && as !== '') return loadState('', signal);
  if (!response.ok) throw new Error(`the workspace answered ${response.status}`);
  return (await response.json()) as WorkspaceState;
}

function listen(state: WorkspaceState, listener: Listener, signal: AbortSignal): Promise<'reload' | 'lost'> {
  const query = new URLSearchParams({ as: state.me.id, since: String(state.revision) });
  const source = new EventSource(`/practice/events?${query}`);
  return new Promise((resolve) => {
    function end(how: 'reload' | 'lost') {
      source.close();
      resolve(how);
    }
    signal.addEventListener('abort', () => end('lost'));
    source.onerror = () => end('lost');
    source.onmessage = ({ data }: MessageEvent<string>) => {
      const event = JSON.parse(data) as WorkspaceEvent;
      if (event.type === 'reload') end('reload');
      else listener.event(event);
    };
  });
}

/** Does something as a person. Rejects with a TypeError when the workspace cannot be reached, else with what it says. */
export async function perform(act: PageAct): Promise<ActAnswer> {
  const response = await fetch('/practice/act', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(act),
  });
  if (response.status >= 500) throw new Error((await response.text()).slice(0, 300));
  return (await response.json()) as ActAnswer;
}
