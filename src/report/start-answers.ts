/** Why somebody may not start an action: `why` is a clause, and `next` says whom to ask or what to do. */
export interface MayNotStart {
  why: string;
  next: string;
}

export const ONLY_MEMBERS: MayNotStart = {
  why: 'only members of this workspace may run actions',
  next: '',
};

export const ONLY_SAFE_BY_CLOCK: MayNotStart = {
  why: 'the clock starts only what is safe',
  next: 'A person may start it.',
};

/** `roles` are the titles of the roles whose members may. */
export function onlyStarters(service: string, roles: readonly string[]): MayNotStart {
  const who = listed(roles);
  return { why: `only members of ${who} of ${service} may start this`, next: 'Ask one of them to start it.' };
}

export function nobodyToStart(service: string, roles: readonly string[]): MayNotStart {
  const groups = roles.length > 1 ? 'these Slack groups' : 'this Slack group';
  return {
    why: `only members of ${listed(roles)} of ${service} may start this, and there are none`,
    next: `Add people to ${groups}.`,
  };
}

/** `group` is written as `${SETTING}`, and nothing says what that is. */
export function groupNotSet(role: string, group: string): MayNotStart {
  const setting = group.replace(/^\$\{|\}$/g, '');
  return {
    why: `who is ${role} is not known, since ${setting} is not set, so nobody may start this`,
    next: `Set ${setting} to the id of a Slack user group.`,
  };
}

export function cannotLookUpStarters(what: string): string {
  return `Slack could not say who may start this (${what}), so nobody may for now. Try again in a moment.`;
}

/** To whoever wants to start it. */
export function startAnswer({ why, next }: MayNotStart): string {
  return `${why.charAt(0).toUpperCase()}${why.slice(1)}. ${next}`.trim();
}

/** Why a request ends whose requester may not start it any more. */
export function startLost({ why }: MayNotStart): string {
  return `whoever asked for it may not start it any more: ${why}`;
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'no role' : names.join(' or ');
}
