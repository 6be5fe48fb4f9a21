const IEC = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;
const SI = ['', 'k', 'M', 'G', 'T'] as const;
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/**
 * A value with its unit, as a message says it: `1,840 jobs`, `91 %`, `2 GiB`, `1.4 s`, `1 job`.
 * Known units: `%`, `ratio` (0.91 is `91 %`), `bytes`, `bytes/s`, `s`, `ms`; any other is a word that follows the
 * number, in the plural. What is not a number is `no value`.
 */
export function formatFigure(value: number, unit?: string): string {
  if (Number.isNaN(value)) return 'no value';
  if (!Number.isFinite(value)) return withUnit(value > 0 ? '∞' : '-∞', unit);
  switch (kindOf(unit)) {
    case 'percent':
      return `${percent(value)} %`;
    case 'ratio':
      return `${percent(value * 100)} %`;
    case 'bytes':
      return bytes(value);
    case 'bytes/s':
      return `${bytes(value)}/s`;
    case 's':
      return value === 0 ? '0 s' : duration(value * 1_000, true);
    case 'ms':
      return duration(value, true);
    default:
      return withUnit(number(value), Math.abs(value) === 1 ? singular(unit) : unit);
  }
}

/** The same, short enough for an axis: `1.8 k`, `91 %`, `2 GiB`. A unit that is a word is left to the axis' name. */
export function formatTick(value: number, unit?: string): string {
  if (kindOf(unit) !== 'word') return formatFigure(value, unit);
  let power = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 999.95 && power < SI.length - 1) {
    scaled /= 1_000;
    power += 1;
  }
  return withUnit(number(scaled), SI[power]);
}

/** Whether `unit` is a word that follows a number, such as `jobs`, and not a unit with a notation of its own. */
export function isWordUnit(unit: string | undefined): unit is string {
  return unit !== undefined && unit !== '' && kindOf(unit) === 'word';
}

/** How long something took or lasts, as people say it: `340 ms`, `1.4 s`, `90 s`, `4 min`, `1 h 5 min`, `2 d 3 h`. */
export function formatDuration(ms: number): string {
  return duration(ms, false);
}

function duration(ms: number, exact: boolean): string {
  if (!Number.isFinite(ms)) return Number.isNaN(ms) ? 'no value' : '∞';
  if (ms < 0) return `-${duration(-ms, exact)}`;
  if (ms < 999.5) return `${number(ms < 10 ? ms : Math.round(ms))} ms`;
  if (ms < 9_950) return `${number(Math.round(ms / 100) / 10)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 2 * MINUTE) return `${seconds} s`;
  if (seconds < HOUR)
    return exact ? pair(seconds, MINUTE, 'min', 1, 's') : `${Math.floor(seconds / MINUTE)} min`;
  return seconds < DAY ? pair(seconds, HOUR, 'h', MINUTE, 'min') : pair(seconds, DAY, 'd', HOUR, 'h');
}

function pair(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((seconds % large) / small);
  return `${number(Math.floor(seconds / large))} ${largeName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`;
}

function kindOf(unit: string | undefined): 'percent' | 'ratio' | 'bytes' | 'bytes/s' | 's' | 'ms' | 'word' {
  switch (unit) {
    case '%':
    case 'percent':
      return 'percent';
    case 'ratio':
    case 'ms':
    case 's':
      return unit;
    case 'B':
    case 'bytes':
      return 'bytes';
    case 'B/s':
    case 'bytes/s':
      return 'bytes/s';
    case 'seconds':
      return 's';
    case 'milliseconds':
      return 'ms';
    default:
      return 'word';
  }
}

function withUnit(figure: string, unit: string | undefined): string {
  return unit ? `${figure} ${unit}` : figure;
}

function bytes(value: number): string {
  let power = 0;
  let scaled = value;
  while (Math.abs(scaled) >= 1_023.95 && power < IEC.length - 1) {
    scaled /= 1_024;
    power += 1;
  }
  return `${number(scaled)} ${IEC[power]}`;
}

/** Close to 100 the second decimal is what matters: 99.97 % is not 100 %. */
function percent(value: number): string {
  return value > 99 && value < 100 ? grouped(Math.min(value, 99.99), 2) : number(value);
}

function number(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15) return value.toExponential(2).replace('e+', 'e');
  if (size >= 1_000 || Number.isInteger(value)) return grouped(value, 0);
  if (size >= 10) return grouped(value, 1);
  if (size >= 0.1 || size < 1e-9) return grouped(value, 2);
  return String(Number(value.toPrecision(2)));
}

function grouped(value: number, decimals: number): string {
  const text = new Intl.NumberFormat('en-US', { maximumFractionDigits: decimals }).format(value);
  return text === '-0' ? '0' : text;
}

/** `jobs` -> `job`, `queries` -> `query`, `addresses` -> `address`; what does not look like a plural stays. */
function singular(unit: string | undefined): string | undefined {
  if (unit === undefined || !/^[a-z]{2,}s$/i.test(unit) || /(ss|us|is)$/i.test(unit)) return unit;
  if (/ies$/i.test(unit)) return `${unit.slice(0, -3)}y`;
  return unit.slice(0, /(ss|sh|ch|x)es$/i.test(unit) ? -2 : -1);
}
