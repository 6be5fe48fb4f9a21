/** What a person typed, out of what Slack makes of it: entities, and addresses that became links. */
export function asTyped(text: string): string {
  return text
    .replace(/<(?:https?|mailto|tel):[^|<>]*\|([^<>]*)>/g, '$1')
    .replace(/<((?:https?|mailto|tel):[^|<>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}
