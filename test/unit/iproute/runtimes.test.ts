import assert from 'node:assert/strict';
import { parseCrictl, parseLines, parsePodman, runtimesToAsk } from '../../../src/iproute/runtimes.ts';

const [sandbox, app] = ['a'.repeat(64), 'b'.repeat(64)];

// The forms are those of the clients' sources; test/node asks real ones.
describe('What runtimes say of containers', () => {
  it('reads podman: a pod with its infra container', () => {
    const stdout = JSON.stringify([
      {
        Id: sandbox,
        Names: ['f00-infra'],
        Image: 'localhost/podman-pause:4.3.1',
        PodName: 'web',
        IsInfra: true,
      },
      { Id: app, Names: ['nginx'], Image: 'docker.io/library/nginx', PodName: 'web', IsInfra: false, Pid: 7 },
    ]);
    assert.deepEqual(
      parsePodman(stdout).map(({ name, infra, pod }) => [name, infra, pod?.name]),
      [
        ['f00-infra', true, 'web'],
        ['nginx', false, 'web'],
      ],
    );
    assert.deepEqual(parsePodman(''), []);
  });

  it('reads docker: one object a line', () => {
    const line = JSON.stringify({ ID: app, Names: 'web', Image: 'nginx', Labels: 'maintainer=x,y=z' });
    assert.deepEqual(parseLines('docker')(`${line}\n`), [
      { id: app, runtime: 'docker', name: 'web', image: 'nginx', infra: false, pod: null },
    ]);
  });

  it('reads the pod that a kubelet wrote into the labels', () => {
    const Labels = 'a=b,io.kubernetes.pod.name=web-0,io.kubernetes.pod.namespace=prod';
    const line = JSON.stringify({ ID: sandbox, Names: 'k8s_POD_web-0_prod_uid_0', Image: 'pause', Labels });
    const [container] = parseLines('docker')(line);
    assert.deepEqual([container?.infra, container?.pod], [true, { name: 'web-0', namespace: 'prod' }]);
  });

  it('reads crictl: sandboxes are the infra containers of their pods', () => {
    const pods = {
      items: [{ id: sandbox, state: 'SANDBOX_READY', metadata: { name: 'web-0', namespace: 'prod' } }],
    };
    const containers = {
      containers: [
        { id: app, podSandboxId: sandbox, metadata: { name: 'nginx' }, image: { image: 'nginx:1' } },
      ],
    };
    const records = parseCrictl(`${JSON.stringify(pods)}\n---\n${JSON.stringify(containers)}\n`);
    assert.deepEqual(
      records.map(({ id, infra, image, pod }) => [id, infra, image, pod?.name]),
      [
        [sandbox, true, null, 'web-0'],
        [app, false, 'nginx:1', 'web-0'],
      ],
    );
  });

  it('leaves a client that failed alone for a while', () => {
    const askedAt = '2026-01-01T00:00:00.000Z';
    const before = [{ name: 'docker' as const, problem: 'It hung.', askedAt }];
    const soon = Date.parse(askedAt) + 30_000;
    assert.deepEqual(runtimesToAsk(['docker', 'podman'], before, soon), ['podman']);
    assert.deepEqual(runtimesToAsk(['docker', 'podman'], before, soon + 60_000), ['podman', 'docker']);
  });
});
