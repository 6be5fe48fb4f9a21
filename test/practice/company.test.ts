import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadCatalogue } from '../../src/catalogue/load.ts';
import { companyFor } from '../../src/practice/company.ts';
import { stepKinds } from '../../src/steps/index.ts';
import { GOOD, withFolder } from '../helpers/catalogue.ts';

const COMMANDS = join(import.meta.dirname, '../../commands');

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

  it('is there for services that nobody here has heard of', async () => {
    const { settings, cast } = await companyFor(GOOD);
    expect(settings).toMatchObject({ DEMO_CHANNEL: 'C0DEMO', DEMO_ONCALL_GROUP: 'S0DEMOONCALL' });
    expect(cast.channels.map(({ name }) => name)).toContain('demo-alerts');
    expect(cast.channels.at(-1)?.name).toBe('general');
  });

  it('does not mind files that are not valid: the loader says what is wrong with them', async () => {
    const files = { 'a/service.yml': ': [', 'b/service.yml': '- 1\n', 'c/service.yml': 'channel: 3\n' };
    const company = await withFolder([], files, companyFor);
    expect(company.settings).toEqual({ AUDIT_CHANNEL: 'C0AUDIT' });
  });
});
