import base from '../../jest.config.js';

const MUTATED = ['plan', 'approval', 'audit'];

/** The tests of what is mutated alone; run.ts has started their PostgreSQL, once for all mutants. */
export default {
  ...base,
  rootDir: '../..',
  // Jest looks through these for each mutant anew.
  roots: MUTATED.flatMap((folder) => [`<rootDir>/src/${folder}`, `<rootDir>/test/${folder}`]),
  globalSetup: undefined,
  globalTeardown: undefined,
  watchman: false,
};
