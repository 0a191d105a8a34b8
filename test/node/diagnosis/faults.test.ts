import { assertNamedAndMended } from './diagnose.ts';
import { faults } from './faults.ts';

describe('a fault, injected', () => {
  for (const fault of faults) {
    it(`${fault.name}: right cause, right place, and the mend makes the same probe pass`, () =>
      assertNamedAndMended(fault));
  }
});
