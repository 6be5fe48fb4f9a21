/** Colours of Okabe and Ito, told apart by the colour-blind, darkened or lightened for at least 3:1 on the paper. */
export interface Theme {
  paper: string;
  ink: string;
  faint: string;
  grid: string;
  axis: string;
  failing: string;
  failingTint: string;
  warning: string;
  warningTint: string;
  mark: string;
  lines: readonly string[];
}

const light: Theme = {
  paper: '#ffffff',
  ink: '#1d1c1d',
  faint: '#5c5f66',
  grid: '#e7e9ec',
  axis: '#9aa0a6',
  failing: '#b3261e',
  failingTint: 'rgba(179,38,30,0.08)',
  warning: '#8a5a00',
  warningTint: 'rgba(138,90,0,0.08)',
  mark: '#4a4d55',
  lines: ['#0072b2', '#c26a00', '#00815e', '#a8438f', '#2f8fcf', '#4a4a4a'],
};

const dark: Theme = {
  paper: '#1a1d21',
  ink: '#f2f2f3',
  faint: '#abb0b8',
  grid: '#2e3238',
  axis: '#6b7078',
  failing: '#ff7b70',
  failingTint: 'rgba(255,123,112,0.12)',
  warning: '#e6b450',
  warningTint: 'rgba(230,180,80,0.12)',
  mark: '#c4c8ce',
  lines: ['#56b4e9', '#e69f00', '#2bc194', '#e08ac0', '#9fd3f5', '#d0d0d0'],
};

export const THEMES = { light, dark } as const;

/** Lines differ by stroke as well as by colour: no two of twelve share both. */
const STROKES = ['solid', [9, 5], [2.5, 3.5]] as const;

export function lineStyle(theme: Theme, index: number): { color: string; type: 'solid' | number[] } {
  const stroke = STROKES[(index + Math.floor(index / theme.lines.length)) % STROKES.length] ?? 'solid';
  return {
    color: theme.lines[index % theme.lines.length] ?? theme.ink,
    type: typeof stroke === 'string' ? stroke : [...stroke],
  };
}
