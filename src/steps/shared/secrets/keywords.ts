/** Characters beyond ASCII are in no keyword. */
const OTHER = 0;

type OnHit = (keyword: number, start: number, end: number) => void;

/** Finds all keywords in one pass over a text, whatever their case (Aho and Corasick's automaton). */
export function createKeywordSearch(keywords: readonly string[]): (text: string, onHit: OnHit) => void {
  const classes = classesOf(keywords);
  const width = Math.max(...classes) + 1;
  const { next, found } = automaton(keywords, classes, width);
  const lengths = keywords.map(({ length }) => length);
  return (text, onHit) => {
    let state = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      state = next[state * width + (code < 128 ? (classes[code] as number) : OTHER)] as number;
      const hits = found[state];
      if (hits === undefined) continue;
      for (const keyword of hits) onHit(keyword, at + 1 - (lengths[keyword] as number), at + 1);
    }
  };
}

/** Each character of the keywords has a number of its own, the same for both cases. */
function classesOf(keywords: readonly string[]): Uint8Array {
  const classes = new Uint8Array(128);
  const used = [...new Set(keywords.join('').toLowerCase())];
  for (const [index, character] of used.entries()) {
    classes[character.charCodeAt(0)] = index + 1;
    classes[character.toUpperCase().charCodeAt(0)] = index + 1;
  }
  return classes;
}

function automaton(keywords: readonly string[], classes: Uint8Array, width: number) {
  const children: Map<number, number>[] = [new Map()];
  const own: number[][] = [[]];
  for (const [index, keyword] of keywords.entries()) {
    let state = 0;
    for (const character of keyword.toLowerCase()) {
      const which = classes[character.charCodeAt(0)] as number;
      const known = children[state]?.get(which);
      if (known === undefined) {
        children[state]?.set(which, children.length);
        state = children.length;
        children.push(new Map());
        own.push([]);
      } else state = known;
    }
    own[state]?.push(index);
  }
  return linked(children, own, width);
}

/** Where no keyword goes on, the longest one that could have begun meanwhile does. */
function linked(children: readonly Map<number, number>[], own: number[][], width: number) {
  const next = new Uint16Array(children.length * width);
  const fallback = new Uint16Array(children.length);
  const queue = [0];
  for (const state of queue) {
    const back = fallback[state] as number;
    if (state !== 0) own[state]?.push(...(own[back] ?? []));
    for (let which = 0; which < width; which += 1) {
      const child = children[state]?.get(which);
      const elsewhere = state === 0 ? 0 : (next[back * width + which] as number);
      next[state * width + which] = child ?? elsewhere;
      if (child === undefined) continue;
      fallback[child] = elsewhere;
      queue.push(child);
    }
  }
  return { next, found: own.map((hits) => (hits.length > 0 ? hits : undefined)) };
}
