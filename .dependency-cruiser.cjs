/** Who may import whom: the way through the house (docs/adr/0001). There is no exception list. */
const PURE = '^src/(plan|approval|report|diagnosis)/';
module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-folders-have-no-outside',
      comment: 'plan, approval, report and diagnosis are pure: no I/O, no clock, no Slack client.',
      severity: 'error',
      from: { path: PURE },
      to: {
        path: '^(src/(slack|alerts|flows|steps/(?!step-kind|index)|store|snapshots|practice|main|http)|node_modules/(@slack/(web-api|bolt)|pg|kysely|axios|@dbos-inc|@redis|@kubernetes))',
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'pure-folders-touch-no-system',
      severity: 'error',
      from: { path: PURE },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'flows-know-no-transport-and-no-single-kind',
      severity: 'error',
      from: { path: '^src/flows/' },
      to: { path: '^src/(slack|alerts|practice|main)|^src/steps/(?!index\\.ts|step-kind\\.ts)' },
    },
    {
      name: 'transport-imports-flows-report-catalogue',
      severity: 'error',
      from: { path: '^src/alerts/' },
      to: { path: '^src/(slack|practice|steps|main)' },
    },
    {
      name: 'slack-touches-no-step',
      severity: 'error',
      from: { path: '^src/slack/' },
      to: { path: '^src/(alerts|practice|steps|main)' },
    },
    {
      name: 'no-step-kind-imports-another',
      comment: 'A kind is src/steps/<kind>.ts; what kinds share lives in src/steps/shared/.',
      severity: 'error',
      from: { path: '^src/steps/(?!index\\.ts|shared/)([a-z-]+)\\.ts$' },
      to: { path: '^src/steps/[a-z-]+\\.ts$', pathNot: ['^src/steps/step-kind\\.ts$'] },
    },
    {
      name: 'steps-know-nothing-above',
      severity: 'error',
      from: { path: '^src/steps/' },
      to: { path: '^src/(slack|alerts|flows|approval|report|store|practice|main|audit)' },
    },
    {
      name: 'practice-is-for-main-alone',
      severity: 'error',
      from: { pathNot: '^src/(main\\.ts|practice/)' },
      to: { path: '^src/practice/' },
    },
    { name: 'nothing-imports-main', severity: 'error', from: {}, to: { path: '^src/(main|cli)\\.ts$' } },
    {
      name: 'no-dev-dependencies-outside-practice',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/practice/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // TypeScript 7 has no API yet; swc sees imports of types, too.
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
