import {
  type DestinationStream,
  type LogFn,
  type Logger,
  type LoggerOptions,
  pino,
  stdTimeFunctions,
} from 'pino';
import type { Config } from '../config.ts';
import { isSecretField } from '../steps/shared/secrets/key-values.ts';
import { redact } from '../steps/shared/secrets/redaction.ts';

/** Fields that carry secrets, at the top of what is logged and up to two levels below. */
const SECRET_FIELDS = [
  'token',
  'password',
  'secret',
  'authorization',
  'cookie',
  'trigger_id',
  'response_url',
  'SLACK_BOT_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_APP_TOKEN',
  'ALERT_WEBHOOK_TOKEN',
  'AUDIT_TOKEN',
  'AUDIT_HEAD_URL',
  'DATABASE_URL',
  'VAULT_TOKEN',
  'VAULT_SECRET_ID',
];
const SECRET_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
const MOST_CAUSES = 5;
const DEPTH = 5;

/** A log line is a static message with its data beside it, as JSON on standard output. */
export function createLogger(
  config: Pick<Config, 'LOG_LEVEL' | 'GUARDIA_REPLICA'>,
  destination?: DestinationStream,
): Logger {
  const options: LoggerOptions = {
    level: config.LOG_LEVEL,
    base: { replica: config.GUARDIA_REPLICA },
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      log: (data) => redacted(data) as Record<string, unknown>,
    },
    hooks: { logMethod: withoutSecrets },
    serializers: { err: errorData },
    redact: { paths: SECRET_PATHS, censor: '***' },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Of what is JSON already, as deep as pino writes it; errors and other objects have their serializers. */
function redacted(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redact(value);
  if (value === null || typeof value !== 'object' || depth > DEPTH) return value;
  if (Array.isArray(value)) return value.map((item) => redacted(item, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const isSecret = typeof item === 'string' && isSecretField(key, item);
      return [key, isSecret ? '***' : redacted(item, depth + 1)];
    }),
  );
}

/** A message is static; one that is not, such as a library's, is redacted like the data beside it. */
function withoutSecrets(this: Logger, given: Parameters<LogFn>, log: LogFn): void {
  const clean = given.map((one: unknown) => (typeof one === 'string' ? redact(one) : one));
  log.apply(this, clean as Parameters<LogFn>);
}

interface ErrorData {
  type: string;
  message: string;
  code?: unknown;
  stack?: string;
  cause?: ErrorData;
}

/** Only what is known to be safe: errors of HTTP clients carry their whole request, with its headers. */
function errorData(error: unknown, depth = 0): ErrorData {
  if (!(error instanceof Error)) return { type: typeof error, message: redact(String(error)) };
  const { name, message, stack, cause } = error;
  const code = 'code' in error && ['string', 'number'].includes(typeof error.code) ? error.code : undefined;
  return {
    type: name,
    message: redact(message),
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack: redact(stack) }),
    ...(cause === undefined || depth >= MOST_CAUSES ? {} : { cause: errorData(cause, depth + 1) }),
  };
}
