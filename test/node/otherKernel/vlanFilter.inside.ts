/** Runs inside the guest (otherKernel.test.ts): the fault that needs a bridge with VLAN filtering. */
import { assertNamedAndMended } from '../diagnosis/diagnose.ts';
import { vlanFault } from '../diagnosis/faults.ts';

describe('a fault, injected where bridges filter VLANs', () => {
  it(`${vlanFault.name}: right cause, right place, and the mend makes the same probe pass`, () =>
    assertNamedAndMended(vlanFault));
});
