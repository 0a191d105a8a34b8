import assert from 'node:assert/strict';
import type { Topology } from '../../../src/topology/topology.ts';
import { resolveEndpoint } from '../../../src/trace/endpoint.ts';
import { PatchbayError } from '../../../src/util/errors.ts';
import { indexOf, namespaceNamed } from './recorded.ts';

const index = indexOf('cold');
const { topology } = index;

function renamed(from: string, to: string): Topology {
  const namespaces = topology.namespaces.map((namespace) =>
    namespace.name === from ? { ...namespace, name: to } : namespace,
  );
  return { ...topology, namespaces };
}

function hintOf(text: string, of = topology): string {
  try {
    resolveEndpoint(of, text);
  } catch (error) {
    assert.ok(error instanceof PatchbayError);
    return error.hint ?? '';
  }
  throw new assert.AssertionError({ message: `${text} was found` });
}

describe('resolveEndpoint', () => {
  it('finds a namespace by name, id and path, and the node', () => {
    const { id } = namespaceNamed(index, 'web');
    for (const text of ['web', ' web ', id, '/run/netns/web']) {
      assert.deepEqual(resolveEndpoint(topology, text), { kind: 'namespace', namespace: id });
    }
    assert.deepEqual(resolveEndpoint(topology, 'node'), {
      kind: 'namespace',
      namespace: namespaceNamed(index, 'node').id,
    });
  });

  it('takes addresses in any spelling', () => {
    assert.deepEqual(resolveEndpoint(topology, '10.244.0.2'), { kind: 'address', address: '10.244.0.2' });
    assert.deepEqual(resolveEndpoint(topology, 'FD00:244:0::3'), { kind: 'address', address: 'fd00:244::3' });
  });

  it('does not take half an address for one', () => {
    for (const text of ['10.244', '010.244.0.2', '10.244.0.256', '1', '']) {
      assert.throws(() => resolveEndpoint(topology, text), { code: 'not-found' });
    }
  });

  it('names what is near', () => {
    assert.equal(hintOf('wbe'), 'Did you mean web?');
    assert.equal(hintOf('WEB'), 'Did you mean web?');
    assert.match(hintOf('postgres'), /^There is node, /);
  });

  it('does not choose between two of one name', () => {
    const twice = renamed('db', 'web');
    assert.throws(() => resolveEndpoint(twice, 'web'), { code: 'bad-input' });
    assert.ok(hintOf('web', twice).includes(namespaceNamed(index, 'db').id));
  });

  it('shows hostile names without what they could do to a terminal', () => {
    const hostile = renamed('web', 'a\u001b[2J\n\u202eb');
    assert.doesNotMatch(hintOf('postgres', hostile), /[\u0000-\u001f\u202e]/);
    assert.throws(
      () => resolveEndpoint(topology, '\u001b[31mred'),
      (error) => error instanceof PatchbayError && !error.message.includes('\u001b'),
    );
  });
});
