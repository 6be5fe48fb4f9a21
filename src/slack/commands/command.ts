import type { Place } from '../../flows/requests.ts';
import type { Asked } from '../asked.ts';
import type { Tools } from '../tools.ts';

/** What somebody typed behind a command, or behind a mention of the bot. */
export interface CommandRequest extends Asked {
  place: Place;
  text: string;
}

/** One slash command; `@Guardia <name>` does the same in a thread. */
export interface Command {
  /** Without the slash. */
  name: string;
  usage: string;
  about: string;
  run(request: CommandRequest, tools: Tools): Promise<void>;
}
