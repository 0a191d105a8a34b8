import assert from 'node:assert/strict';
import { bridgeSubnet } from '../../../src/pods/bridge.ts';
import { suggestAddress, suggestBridge, suggestPodName, suggestPodNames } from '../../../src/pods/suggest.ts';
import {
  validateAddress,
  validateBridgeName,
  validatePodName,
  validateSubnet,
} from '../../../src/pods/validate.ts';
import { idOf, topologyOf, type Sketch } from './sketch.ts';

const wired: Sketch = {
  node: {
    links: {
      cbr0: { kind: 'bridge', addresses: ['10.244.0.1/24'] },
      bare: { kind: 'bridge', addresses: ['fe80::1/64', '10.1.1.1/32'] },
      tiny: { kind: 'bridge', addresses: ['10.2.0.2/31'] },
    },
  },
  pod1: { links: { eth0: { addresses: ['10.244.0.2/24'] } } },
  pod3: { links: { eth0: { addresses: ['10.2.0.3/31'] } } },
};
const topology = topologyOf(wired);
const cbr0 = { existing: idOf(wired, 'node/cbr0') };

describe('suggestions', () => {
  it('skip names that exist', () => {
    assert.equal(suggestPodName(topology), 'pod2');
    assert.deepEqual(suggestPodNames(topology, 3), ['pod2', 'pod4', 'pod5']);
    assert.deepEqual(suggestPodNames(topology, 2, 'web'), ['web1', 'web2']);
    assert.equal(suggestPodName(topology, 'x'.repeat(80)).length, 63);
  });

  it('give the lowest free address', () => {
    assert.equal(suggestAddress(topology, cbr0), '10.244.0.3');
    assert.equal(suggestAddress(topology, cbr0, ['10.244.0.3', '10.244.0.4/24']), '10.244.0.5');
    assert.equal(suggestAddress(topology, { create: 'cbr9', subnet: '10.9.0.0/24' }), '10.9.0.2');
  });

  it('give no address where there is none to give', () => {
    assert.equal(suggestAddress(topology, { existing: idOf(wired, 'node/bare') }), null);
    assert.equal(suggestAddress(topology, { existing: idOf(wired, 'node/tiny') }), null);
  });

  it('offer a bridge whose name and subnet are free', () => {
    assert.deepEqual(suggestBridge(topology), { create: 'cbr1', subnet: '10.244.1.0/24' });
    assert.deepEqual(suggestBridge(topologyOf({ node: { links: {} } })), {
      create: 'cbr0',
      subnet: '10.244.0.0/24',
    });
  });

  it('know a bridge’s subnet', () => {
    assert.equal(bridgeSubnet(topology, cbr0.existing), '10.244.0.0/24');
    assert.equal(bridgeSubnet(topology, idOf(wired, 'node/bare')), null);
    assert.equal(bridgeSubnet(topology, 'gone'), null);
  });
});

describe('checks for input boxes', () => {
  it('are silent about what is right', () => {
    assert.equal(validatePodName(topology, 'web'), null);
    assert.equal(validateAddress(topology, cbr0, ' 10.244.0.9 '), null);
    assert.equal(validateBridgeName(topology, 'cbr1'), null);
    assert.equal(validateSubnet(topology, '10.244.1.0/24'), null);
  });

  it('say what is wrong and what would be right', () => {
    assert.equal(
      validatePodName(topology, 'pod1'),
      'A namespace named pod1 exists already. Choose another name, such as pod11.',
    );
    assert.equal(
      validateAddress(topology, cbr0, '10.244.0.2'),
      '10.244.0.2 is taken. eth0 of pod1 has it. 10.244.0.3 is free.',
    );
    assert.match(validateBridgeName(topology, 'cbr0') ?? '', /already/);
    assert.match(validateSubnet(topology, '10.244.0.0/24') ?? '', /overlaps.*such as 10\.244\.1\.0\/24/);
  });
});
