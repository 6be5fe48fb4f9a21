import type { KnownBlock } from '@slack/types';
import { type KeyboardEvent, type ReactNode, useEffect } from 'react';
import type { ChannelView } from '../../protocol.ts';
import { Blocks } from '../blocks/blocks.tsx';
import { SurfaceProvider } from '../blocks/surface-provider.tsx';
import { useWorkspace } from '../state/workspace.ts';
import { Avatar } from './avatar.tsx';
import { Boundary } from './boundary.tsx';
import { BackButton, Conversation } from './channel-pane.tsx';
import { moveIndex } from './keys.ts';

interface AppPaneProps {
  /** The direct messages with the app; none until there is one. */
  channel: ChannelView | undefined;
  tab: string;
  onTab(tab: string): void;
  onThread(ts: string): void;
  onBack(): void;
}

const TABS = [
  ['home', 'Home'],
  ['messages', 'Messages'],
] as const;

/** The app itself: its home tab, and the messages between it and the reader. */
export function AppPane({ channel, tab, onTab, onThread, onBack }: AppPaneProps) {
  const { state } = useWorkspace();
  return (
    <main className="pane pane-channel" data-panel="app">
      <header className="pane-head">
        <BackButton onBack={onBack} />
        <Avatar person={state.bot} size="small" />
        <h1 className="pane-title">{state.bot.name}</h1>
        <span className="badge">APP</span>
        <Tabs tab={tab} onTab={onTab} />
      </header>
      {tab === 'home' ? <HomeTab /> : channel && <Conversation channel={channel} onThread={onThread} />}
      {tab === 'messages' && !channel && (
        <p className="quiet">{state.bot.name} has not written to you yet.</p>
      )}
    </main>
  );
}

function Tabs({ tab, onTab }: { tab: string; onTab(tab: string): void }) {
  function pressed(event: KeyboardEvent<HTMLElement>) {
    const key = { ArrowRight: 'ArrowDown', ArrowLeft: 'ArrowUp' }[event.key] ?? '';
    const next = moveIndex(
      key,
      TABS.findIndex(([id]) => id === tab),
      TABS.length,
    );
    if (next === null) return;
    onTab(TABS[next]?.[0] ?? 'home');
    event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
  }
  return (
    <div className="tabs" role="tablist" aria-label="Guardia" tabIndex={-1} onKeyDown={pressed}>
      {TABS.map(([id, name]) => (
        <button
          key={id}
          type="button"
          role="tab"
          className="tab"
          aria-selected={tab === id}
          tabIndex={tab === id ? 0 : -1}
          onClick={() => onTab(id)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

function HomeTab(): ReactNode {
  const { state, act } = useWorkspace();
  useEffect(() => void act({ act: 'open_home' }), [act]);
  const { home } = state;
  if (!home) return <p className="quiet">{state.bot.name} is preparing your home tab…</p>;
  const blocks = home.blocks as KnownBlock[];
  return (
    <div className="home" data-panel="home">
      <div className="home-body">
        <SurfaceProvider source={{ view: home.id }} blocks={blocks}>
          <Boundary>
            <Blocks blocks={blocks} />
          </Boundary>
        </SurfaceProvider>
      </div>
    </div>
  );
}
