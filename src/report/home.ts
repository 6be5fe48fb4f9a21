import type { HomeView } from '@slack/types';
import type { Person } from '../approval/person.ts';
import type { PlanState } from '../store/schema.ts';
import type { Named } from './states.ts';

export interface HomePlan {
  id: string;
  digest: string;
  title: string;
  service: string;
  state: PlanState;
  requester: Person;
  madeAt: string;
  expiresAt: string;
  /** Permalink of its message. */
  link: string | null;
}
export interface HomeState {
  person: Person;
  waitingForMe: readonly HomePlan[];
  mine: readonly HomePlan[];
  alerts: readonly {
    title: string;
    service: string;
    status: 'firing' | 'resolved';
    severity: string;
    startsAt: string;
    resolvedAt: string | null;
    link: string | null;
  }[];
  services: readonly (Named & { about: string; runbooks: readonly Named[] })[];
  now: string;
}
export declare function homeView(state: HomeState): HomeView;
