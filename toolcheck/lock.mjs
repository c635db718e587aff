// Takes out of the lock file what npm does not need to install from it: where authors of packages ask for money.
import { readFileSync, writeFileSync } from 'node:fs';

const file = 'package-lock.json';
const lock = JSON.parse(readFileSync(file, 'utf8'));
for (const entry of Object.values(lock.packages)) {
  delete entry.funding;
}
writeFileSync(file, JSON.stringify(lock, null, 2) + '\n');
