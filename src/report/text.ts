import type { Person } from '../approval/person.ts';

export type TimeStyle = 'time' | 'date-time' | 'ago';

/** One line of text from outside, safe in mrkdwn: it cannot mention, link, reorder or hide anything. */
export declare function safe(text: string): string;
/** The same as inline code. */
export declare function code(text: string): string;
/** At most `limit` characters; says so when something was cut. */
export declare function cut(text: string, limit: number): string;
export declare function mention(person: Person): string;
/** A Slack user group, called. */
export declare function group(id: string): string;
/** A moment in the reader's zone; `ago` is relative and stays true by itself. */
export declare function time(iso: string, style: TimeStyle): string;
/** A link for http and https addresses; for anything else just the text. */
export declare function link(url: string, text: string): string;
