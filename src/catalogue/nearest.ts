const LONGEST = 128;

/** The names that a mistyped one most likely meant, best first; none when nothing is near. */
export function nearest(given: string, names: Iterable<string>, atMost = 3): string[] {
  const word = given.slice(0, LONGEST).toLowerCase();
  const allowed = Math.max(1, Math.floor(word.length / 3));
  const near: { name: string; distance: number }[] = [];
  for (const name of names) {
    const distance = closeness(word, name.toLowerCase());
    if (distance <= allowed) near.push({ name, distance });
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return near.slice(0, atMost).map((one) => one.name);
}

/** A part of a name (`redis` of `redis-down`) is near, but never as near as a slip of the finger. */
function closeness(word: string, name: string): number {
  if (word.length >= 3 && (name.includes(word) || word.includes(name))) return 1;
  return editDistance(word, name);
}

/** Damerau-Levenshtein (optimal string alignment): insertions, deletions, replacements, swaps of neighbours. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = cell(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? cell(beforeLast, j - 2) + 1
          : Infinity;
      row.push(Math.min(cell(row, j - 1) + 1, cell(last, j) + 1, replaced, swapped));
    }
    beforeLast = last;
    last = row;
  }
  return cell(last, b.length);
}

function cell(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}

/** What to write instead: `did you mean "title"?`, or all there is to choose from. */
export function meant(given: string, names: Iterable<string>, otherwise: string): string {
  const all = [...names];
  const [best] = nearest(given, all, 1);
  if (best !== undefined) return `did you mean "${best}"?`;
  return all.length === 0 ? otherwise : `${otherwise}: ${listed(all)}`;
}

/** A list for people that never becomes a wall of text. */
export function listed(names: readonly string[], atMost = 12): string {
  const more = names.length - atMost;
  return more > 0 ? `${names.slice(0, atMost).join(', ')} and ${more} more` : names.join(', ');
}
