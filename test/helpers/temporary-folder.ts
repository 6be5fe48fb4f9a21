import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';

// Read with the configuration, since Jest itself needs the folder before it starts any setup.
try {
  accessSync(tmpdir(), constants.W_OK);
} catch {
  console.error(`The tests cannot write to ${tmpdir()}: set TMPDIR to a folder that you may write.`);
  process.exit(1);
}
