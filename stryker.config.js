/** `npm run mutants`: what is changed, and with which tests. */
export default {
  mutate: ['src/{plan,approval,audit}/**/*.ts'],
  // Without tsconfig.json, which Stryker would read with an API that TypeScript 7 does not have yet.
  ignorePatterns: ['*', '!src/**', '!test/**', '!package.json', '!jest.config.js'],
  disableTypeChecks: false,
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--no-warnings'],
  jest: { configFile: 'test/mutants/jest.config.js' },
  coverageAnalysis: 'perTest',
  concurrency: 2,
  // Beyond what the tests took at first: a busy machine is no test that fails.
  timeoutMS: 10_000,
  reporters: ['clear-text'],
  clearTextReporter: { reportTests: false, logTests: false },
  thresholds: { high: 100, low: 100, break: 100 },
  cleanTempDir: 'always',
};
