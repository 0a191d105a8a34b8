import assert from 'node:assert/strict';
import { parseProcessPlace, runsProgram } from '../../../src/iproute/processPlace.ts';

const place = {
  pidNamespace: 'pid:[4026531836]',
  bootId: '3f0c2a9e-8f2d-4b61-9d3c-0a1b2c3d4e5f',
  namespace: '4026532201',
  argv: ['/usr/bin/node', '--inspect', './dist/server.js'],
};
const printed = `${place.pidNamespace}\n${place.bootId}\nnet:[4026532201]\n${place.argv.join('\n')}\n`;

describe('parseProcessPlace', () => {
  it('reads machine, namespace and argv', () => {
    assert.deepEqual(parseProcessPlace(printed), place);
  });

  it('knows a process that is gone', () => {
    const gone = `${place.pidNamespace}\n${place.bootId}\n\n`;
    assert.deepEqual(parseProcessPlace(gone), { ...place, namespace: null, argv: [] });
  });

  it('knows nothing of a machine without /proc', () => {
    assert.equal(parseProcessPlace('\n\n\n'), null);
  });
});

describe('runsProgram', () => {
  it('recognises a program by its name, wherever it is', () => {
    assert.ok(runsProgram(place, '/home/me/app/dist/server.js'));
    assert.ok(!runsProgram(place, 'other.js'));
  });
});
