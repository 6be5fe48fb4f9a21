import { nearest } from '../../catalogue/nearest.ts';
import { helpMessage, statusMessage } from '../../report/help.ts';
import type { Tools } from '../tools.ts';
import type { Command, CommandRequest } from './command.ts';

export const guardia: Command = {
  name: 'guardia',
  usage: 'help | status',
  about: 'What Guardia can do, and how it is',
  run,
};

async function run(request: CommandRequest, tools: Tools): Promise<void> {
  const asked = request.text.toLowerCase();
  if (asked === 'status') return request.tell(statusMessage(await tools.status()));
  if (asked === '' || asked === 'help') return request.tell(helpMessage(tools.help));
  const [near] = nearest(asked, ['help', 'status'], 1);
  await request.tell(near ? `Did you mean /guardia ${near}?` : 'Write /guardia help, or /guardia status.');
}
