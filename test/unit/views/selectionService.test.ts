import { strict as assert } from 'node:assert';
import type { Selection } from '../../../src/protocol/messages.ts';
import { SelectionService, type SelectionChange } from '../../../src/views/selectionService.ts';

const link: Selection = { kind: 'link', id: '1:2' };

describe('The selection', () => {
  it('tells of changes only', () => {
    const service = new SelectionService();
    const changes: SelectionChange[] = [];
    service.onDidChange((change) => changes.push(change));
    service.select('lab', link, 'tree');
    service.select('lab', { ...link }, 'panel');
    service.select('lab', null, 'panel');
    assert.deepEqual(changes, [
      { node: 'lab', selection: link, origin: 'tree' },
      { node: 'lab', selection: null, origin: 'panel' },
    ]);
  });

  it('comes to rest between two views that follow each other', () => {
    const service = new SelectionService();
    let count = 0;
    service.onDidChange(({ node, selection, origin }) => {
      count += 1;
      service.select(node, selection, origin === 'tree' ? 'panel' : 'tree');
    });
    service.select('lab', link, 'tree');
    assert.equal(count, 1);
  });

  it('is one for each node', () => {
    const service = new SelectionService();
    service.select('lab', link, 'tree');
    assert.equal(service.of('local'), null);
  });
});
