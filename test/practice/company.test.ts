import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadCatalogue } from '../../src/catalogue/load.ts';
import { startersOf } from '../../src/catalogue/starters.ts';
import { type Company, companyFor } from '../../src/practice/company.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { GOOD, withFolder } from '../helpers/catalogue.ts';

const COMMANDS = join(import.meta.dirname, '../../commands');

function isIn({ groups }: Company['cast'], id: string | undefined): boolean {
  return groups.some((group) => group.id === id && group.members.includes('U0NOOR'));
}

describe('the company of a catalogue', () => {
  it('has a channel for every service and a group for every role, so that nothing is left to set', async () => {
    const { settings, cast } = await companyFor(COMMANDS);
    const { catalogue, problems } = await loadCatalogue(COMMANDS, settings, stepKinds);
    expect(problems).toEqual([]);
    expect(catalogue?.services.get('denis')?.addresses.alertmanager).toHaveLength(1);
    for (const service of catalogue?.services.values() ?? []) {
      expect(cast.channels.map(({ id }) => id)).toContain(service.channel);
      const groups = Object.values(service.roles).map((role) => role.group);
      expect(cast.groups.map(({ id }) => id)).toEqual(expect.arrayContaining(groups));
    }
  });

  it('has two approvers beside the one on call, who is an approver herself', async () => {
    const { settings, cast } = await companyFor(COMMANDS);
    const sre = cast.groups.find(({ id }) => id === settings.DENIS_SRE_GROUP);
    expect(sre?.members).toEqual(['U0SAM', 'U0INES', 'U0NOOR']);
  });

  it('has one on call who may start every action of every service', async () => {
    for (const folder of [COMMANDS, GOOD]) {
      const { settings, cast } = await companyFor(folder);
      const { catalogue } = await loadCatalogue(folder, settings, stepKinds);
      const mayNot = [...(catalogue?.services.values() ?? [])].flatMap((service) =>
        [...service.runbooks.values()].flatMap(({ name, actions }) =>
          actions
            .filter((action) =>
              startersOf(service, action)?.every((role) => !isIn(cast, service.roles[role]?.group)),
            )
            .map((action) => `${service.name}/${name}#${action.name}`),
        ),
      );
      expect(mayNot).toEqual([]);
    }
  });

  it('has the channels and groups that a catalogue names by their ids', async () => {
    const file = `channel: C0REAL\nroles: { a: { title: A, group: S0REAL }, b: { title: B, group: S0REAL } }\n`;
    const { cast } = await withFolder([], { 'x/service.yml': file, 'y/service.yml': file }, companyFor);
    expect(cast.groups.map(({ id, members }) => [id, members])).toEqual([['S0REAL', ['U0NOOR']]]);
    expect(cast.channels.filter(({ id }) => id === 'C0REAL')).toHaveLength(1);
  });

  it('has a channel of the approvers alone where a policy names one', async () => {
    const { settings, cast } = await companyFor(COMMANDS);
    const { catalogue } = await loadCatalogue(COMMANDS, settings, stepKinds);
    const channel = catalogue?.services.get('hotel')?.policies.destructive?.channel;
    expect(cast.channels.find(({ id }) => id === channel)).toMatchObject({
      name: 'hotel-approvals',
      members: ['U0GUARDIA', 'U0SAM', 'U0INES', 'U0NOOR'],
    });
  });

  it('has approvers in the groups of every policy', async () => {
    const roles = `roles: { a: { title: A, group: "\${A}" }, b: { title: B, group: "\${B}" }, c: { title: C, group: "\${C}" } }`;
    const approval = 'approval: { destructive: { by: [a] }, disruptive: { by: [b] } }';
    const { cast } = await withFolder([], { 'x/service.yml': `${roles}\n${approval}\n` }, companyFor);
    expect(cast.groups.map(({ members }) => members.length)).toEqual([3, 3, 1]);
  });

  it('is there for services that nobody here has heard of', async () => {
    const { settings, cast } = await companyFor(GOOD);
    expect(settings).toMatchObject({ DEMO_CHANNEL: 'C0DEMO', DEMO_ONCALL_GROUP: 'S0DEMOONCALL' });
    expect(cast.channels.map(({ name }) => name)).toContain('demo-alerts');
    expect(cast.channels.at(-1)?.name).toBe('general');
  });

  it('does not mind files that are not valid: the loader says what is wrong with them', async () => {
    const files = {
      ...{ 'a/service.yml': ': [', 'b/service.yml': '- 1\n', 'c/service.yml': 'channel: 3\n' },
      ...{ 'd/service.yml': 'approval: { destructive: }\n', 'e/service.yml': 'approval: 3\n' },
    };
    const company = await withFolder([], files, companyFor);
    expect(company.settings).toEqual({ AUDIT_CHANNEL: 'C0AUDIT' });
  });
});
