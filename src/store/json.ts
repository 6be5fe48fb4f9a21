/** Escapes that JSON text may hold and PostgreSQL cannot: NUL, and halves of a surrogate pair. */
const ESCAPE = /\\(?:u(?:0000|d[89a-f][0-9a-f]{2})|.)/g;

/** A value as JSON text that PostgreSQL stores whatever systems or people have put into it. */
export function json(value: unknown): string {
  return JSON.stringify(value).replace(ESCAPE, (written) => {
    if (written.length === 2) return written;
    return written === '\\u0000' ? '' : '\ufffd';
  });
}

/** A value as it reads once it has been stored: what is hashed has to be what is kept. */
export function storable<Value>(value: Value): Value {
  return JSON.parse(json(value));
}
