import assert from 'node:assert/strict';
import { recordFields } from '../../../webview/graph/recordWords.ts';

describe('the record that decides a step', () => {
  it('is shown by the fields that hold something, as the tool calls them', () => {
    const route = { type: 'unicast', dst: '10.244.0.0/24', dev: 'eth0', metric: 0, flags: [], gateway: '' };
    assert.deepEqual(recordFields(route), [
      { key: 'type', value: 'unicast' },
      { key: 'dst', value: '10.244.0.0/24' },
      { key: 'dev', value: 'eth0' },
      { key: 'metric', value: '0' },
    ]);
  });

  it('is shown flat where it is nested', () => {
    assert.deepEqual(
      recordFields({ linkinfo: { info_kind: 'vxlan', info_data: { id: 7 } }, flags: ['UP', 'LOWER_UP'] }),
      [
        { key: 'linkinfo.info_kind', value: 'vxlan' },
        { key: 'linkinfo.info_data.id', value: '7' },
        { key: 'flags', value: 'UP LOWER_UP' },
      ],
    );
  });

  it('keeps nothing that is invisible or turns the text around', () => {
    assert.deepEqual(recordFields({ ifname: 'a\u202eb\n' }), [{ key: 'ifname', value: 'a\ufffdb\ufffd' }]);
  });

  it('is not shown where there is none, and never without end', () => {
    assert.deepEqual([recordFields(null), recordFields(undefined), recordFields([])], [[], [], []]);
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    assert.deepEqual(recordFields(circle), []);
    assert.ok(
      recordFields(Object.fromEntries(Array.from({ length: 99 }, (_, at) => [`k${at}`, at]))).length < 20,
    );
  });
});
