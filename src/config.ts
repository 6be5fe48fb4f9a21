import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';
import { GuardiaError } from './errors.ts';

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

const A_PORT = 'must be a port from 1 to 65535, such as PORT=3001, or 0 for any that is free';

const NO_POSTGRES =
  'must be a postgres:// URL with a host and a port up to 65535; signs such as # / and @ in a password are percent-encoded';

function isPostgres(text: string): boolean {
  const url = /^postgres(ql)?:\/\//.test(text) ? URL.parse(text) : null;
  return url !== null && url.hash === '';
}

/** A token with a space could not be shown in a header. */
const bearer = z.string().regex(/^\S+$/, 'must be one word, without spaces');

const settings = z
  .object({
    SLACK_BOT_TOKEN: z.string().startsWith('xoxb-', 'must be a bot token, which starts with xoxb-'),
    SLACK_SIGNING_SECRET: z.string().min(1).optional(),
    SLACK_APP_TOKEN: z
      .string()
      .startsWith('xapp-', 'must be an app-level token, which starts with xapp-')
      .optional(),
    SLACK_API_URL: z.url().default('https://slack.com/api/'),
    PORT: z
      .string()
      .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, A_PORT)
      .transform(Number)
      .default(3000),
    DATABASE_URL: z.string().refine(isPostgres, NO_POSTGRES).optional(),
    GUARDIA_DATA: z.string().min(1).default('./data'),
    GUARDIA_PID_FILE: z.string().min(1).optional(),
    GUARDIA_COMMANDS: z.string().min(1).default('./commands'),
    GUARDIA_REPLICA: z.string().min(1).default(hostname()),
    ALERT_WEBHOOK_TOKEN: bearer.optional(),
    AUDIT_TOKEN: bearer.optional(),
    AUDIT_CHANNEL: z
      .string()
      .regex(/^[CG][A-Z0-9]+$/, 'must be a Slack channel id, such as C0123456789')
      .optional(),
    AUDIT_HEAD_FILE: z.string().min(1).optional(),
    AUDIT_HEAD_URL: z.url({ protocol: /^https?$/ }).optional(),
    VAULT_ADDR: z.url({ protocol: /^https?$/ }).optional(),
    VAULT_TOKEN: z.string().min(1).optional(),
    VAULT_ROLE_ID: z.string().min(1).optional(),
    VAULT_SECRET_ID: z.string().min(1).optional(),
    VAULT_KUBERNETES_ROLE: z.string().min(1).optional(),
    LOG_LEVEL: z.enum(LEVELS).default('info'),
  })
  .refine((s) => s.SLACK_APP_TOKEN !== undefined || s.SLACK_SIGNING_SECRET !== undefined, {
    path: ['SLACK_SIGNING_SECRET'],
    message: 'is needed unless SLACK_APP_TOKEN is set (Socket Mode)',
    // Said together with whatever else is wrong, not only once the rest is right.
    when: () => true,
  })
  .refine((s) => s.VAULT_ROLE_ID === undefined || s.VAULT_SECRET_ID !== undefined, {
    path: ['VAULT_SECRET_ID'],
    message: 'is needed with VAULT_ROLE_ID',
    when: () => true,
  })
  .refine((s) => s.VAULT_SECRET_ID === undefined || s.VAULT_ROLE_ID !== undefined, {
    path: ['VAULT_ROLE_ID'],
    message: 'is needed with VAULT_SECRET_ID',
    when: () => true,
  })
  .refine((s) => s.VAULT_ADDR !== undefined || !(s.VAULT_ROLE_ID ?? s.VAULT_KUBERNETES_ROLE), {
    path: ['VAULT_ADDR'],
    message: 'is needed with VAULT_ROLE_ID and VAULT_KUBERNETES_ROLE',
    when: () => true,
  });

/** At work, settings may stand in `.env`; what the environment says comes first. */
export function readDotEnv(): void {
  if (process.env.NODE_ENV !== 'production' && existsSync('.env')) process.loadEnvFile('.env');
}

/** Names of all settings; `.env.example` explains each. */
export const SETTINGS: readonly string[] = Object.keys(settings.shape);

/** Every setting, validated and frozen. `environment` is what catalogues may name as `${NAME}`. */
export type Config = Readonly<z.output<typeof settings>> & {
  readonly environment: Readonly<Record<string, string>>;
};

/**
 * Reads the settings. Throws one GuardiaError that lists every problem by the setting's name, and shows none of
 * their values.
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = givenSettings(environment);
  const parsed = settings.safeParse(given);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      (issue) => `  ${issue.path.join('.')}: ${withoutValue(issue, given)}`,
    );
    throw new GuardiaError(
      'config',
      `The settings are not complete (see .env.example):\n${problems.join('\n')}`,
    );
  }
  return Object.freeze({ ...parsed.data, environment: Object.freeze(given) });
}

/** What is left empty is as if it were not there. */
export function givenSettings(environment: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

/** The port alone, for what listens before there are settings. */
export function readPort(environment: Record<string, string | undefined>): number {
  const parsed = settings.shape.PORT.safeParse(environment.PORT || undefined);
  if (parsed.success) return parsed.data;
  throw new GuardiaError('config', `PORT ${A_PORT}.`);
}

function withoutValue(issue: z.core.$ZodIssue, given: Record<string, unknown>): string {
  if (issue.code === 'invalid_type')
    return String(issue.path[0]) in given ? `must be a ${issue.expected}` : 'is missing';
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.join(', ')}`;
  if (issue.code === 'invalid_format' && issue.format === 'url') return 'must be a URL';
  return issue.message;
}
