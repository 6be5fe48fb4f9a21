const MOST_LINES = 30;
/** Made by controllers. */
const IGNORED = ['metadata.creationTimestamp', 'metadata.labels.pod-template-hash', '$patch'];

/**
 * Where two pod templates differ, a line each: `containers.main.image: denis:1.5 -> denis:1.4`. Only images are shown;
 * of everything else, which may be a secret, its place.
 */
export function templateDifferences(before: unknown, after: unknown): string[] {
  const [was, is] = [leavesOf(before), leavesOf(after)];
  const paths = [...new Set([...was.keys(), ...is.keys()])].filter(
    (path) => !IGNORED.includes(path) && was.get(path) !== is.get(path),
  );
  const lines = paths.sort().map((path) => lineFor(path, was.get(path), is.get(path)));
  const rest = lines.length - MOST_LINES;
  return rest > 0 ? [...lines.slice(0, MOST_LINES), `and ${rest} more`] : lines;
}

function lineFor(path: string, before: string | undefined, after: string | undefined): string {
  const place = path.replace(/^spec\./, '');
  if (place.endsWith('.image')) return `${place}: ${before ?? 'nothing'} -> ${after ?? 'nothing'}`;
  if (before === undefined) return `${place}: added`;
  return `${place}: ${after === undefined ? 'removed' : 'changed'}`;
}

/** Each single value by its path; what stands in a list goes by its name, where it has one. */
function leavesOf(value: unknown, path = ''): Map<string, string> {
  if (value === null || value === undefined) return new Map();
  if (typeof value !== 'object') return new Map([[path, String(value)]]);
  const inner = Object.entries(value).flatMap(([key, item]) => {
    const name = Array.isArray(value) ? ((item as { name?: string } | null)?.name ?? key) : key;
    return [...leavesOf(item, path === '' ? name : `${path}.${name}`)];
  });
  return new Map(inner);
}
