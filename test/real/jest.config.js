import base from '../../jest.config.js';

/** Of their own: `npm run test:kills`. */
const LONG = ['killed-at-every-effect', 'two-replicas'];

/** Tests against real servers and a real browser: one after the other, with time to start things. */
export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/real/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', ...(process.env.KILLS ? [] : LONG)],
  testTimeout: 180_000,
  maxWorkers: 1,
};
