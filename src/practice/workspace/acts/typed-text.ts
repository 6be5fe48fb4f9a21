import type { Workspace } from '../context.ts';

const REFERENCE = /<(?:@[A-Z0-9]+|#[A-Z0-9]+(?:\|[^<>]*)?|!subteam\^[A-Z0-9]+(?:\|[^<>]*)?)>/g;

/**
 * What a person typed, as Slack stores it: `&`, `<` and `>` escaped, `@handle` and `#channel` turned into
 * references. References that stand there already are kept.
 */
export function asTyped(ws: Workspace, text: string): string {
  let result = '';
  let end = 0;
  for (const match of text.matchAll(REFERENCE)) {
    result += linked(ws, text.slice(end, match.index)) + match[0];
    end = match.index + match[0].length;
  }
  return result + linked(ws, text.slice(end));
}

function linked(ws: Workspace, text: string): string {
  return escaped(text)
    .replace(
      /(?<![\w.])@([a-z0-9][\w.-]*)/gi,
      (whole, handle: string) => mention(ws, handle.toLowerCase()) ?? whole,
    )
    .replace(/(?<![\w&])#([a-z0-9][\w-]*)/gi, (whole, name: string) => {
      const channel = [...ws.state.channels.values()].find((known) => known.name === name && !known.dmWith);
      return channel === undefined ? whole : `<#${channel.id}|${channel.name}>`;
    });
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function mention(ws: Workspace, handle: string): string | undefined {
  if (handle === ws.cast.bot.handle) return `<@${ws.cast.bot.user}>`;
  const person = ws.cast.people.find((known) => known.handle === handle);
  if (person !== undefined) return `<@${person.id}>`;
  const group = ws.cast.groups.find((known) => known.handle === handle);
  return group && `<!subteam^${group.id}>`;
}
