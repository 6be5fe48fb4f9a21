import base from '../../jest.config.js';

/** `npm run test:sequences`: the random sequences alone. */
export default {
  ...base,
  rootDir: '../..',
  testMatch: ['<rootDir>/test/sequences/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
};
