import assert from 'node:assert/strict';
import ELK from 'elkjs/lib/elk.bundled.js';
import type { Topology } from '../../../src/topology/topology.ts';
import type { StoryStep } from '../../../src/trace/tellTrace.ts';
import type { Trace } from '../../../src/trace/trace.ts';
import { linkKey } from '../../../webview/graph/selection.ts';
import { storyOf } from '../../../webview/graph/traceStory.ts';
import { indexTopology } from '../../../webview/graph/topologyIndex.ts';
import { groupKey, type Point, type Rect } from '../../../webview/layout/geometry.ts';
import { layoutPlan } from '../../../webview/layout/layoutTopology.ts';
import { planLayout } from '../../../webview/layout/plan.ts';
import { buildRouter } from '../../../webview/layout/route.ts';
import { emptyMemory } from '../../../webview/layout/slots.ts';
import type { Picture } from '../../../webview/render/emphasis.ts';
import { framesAt, motionOf, trailsAt, type Motion } from '../../../webview/render/motion.ts';
import { composeScene } from '../../../webview/render/scene.ts';
import { podsOnBridge } from '../../harness/panel/topologies.ts';
import { pingTrace } from '../../harness/panel/traces.ts';
import { recordedStories } from '../trace/recorded.ts';

const elk = new ELK();

async function pictureOf(topology: Topology, collapsed: ReadonlySet<string> = new Set()): Promise<Picture> {
  const index = indexTopology(topology);
  const plan = planLayout(index, new Set(), collapsed);
  const { geometry } = await layoutPlan(elk, {
    plan,
    memory: emptyMemory,
    screen: { width: 1200, height: 800 },
  });
  return {
    index,
    geometry,
    scene: composeScene(index, geometry),
    router: buildRouter(geometry),
    complete: true,
  };
}

/** True for a point in a rect, or on its edge. */
function isIn({ x, y, width, height }: Rect, point: Point | undefined): boolean {
  const slack = 6;
  return (
    point !== undefined &&
    point.x >= x - slack &&
    point.x <= x + width + slack &&
    point.y >= y - slack &&
    point.y <= y + height + slack
  );
}

const ends = (motion: Motion): Point[] => framesAt(motion, 1);

describe('the frames of a ping between two of thirty pods', () => {
  const topology = podsOnBridge(30).build();
  const trace = pingTrace(topology, 'app-2', 'app-29');
  let picture: Picture;
  let steps: readonly StoryStep[];

  before(async () => {
    picture = await pictureOf(topology);
    steps = storyOf(trace, picture.index);
  });

  const step = (role: StoryStep['role'], at: number): StoryStep =>
    steps.filter((one) => one.role === role)[at] ?? assert.fail(`no ${role} ${at}`);
  const boundsOf = (link: string | undefined): Rect =>
    picture.scene.byKey.get(linkKey(link ?? ''))?.bounds ?? assert.fail('not drawn');

  it('run along the wires, from the link where they were to the one where they are', () => {
    const wired = picture.geometry.wires.flatMap(({ paths }) => paths.flat());
    for (const one of steps.filter(({ from, links }) => from.length === 1 && links.length === 1)) {
      const motion = motionOf(picture, trace, one);
      const [course] = motion.courses;
      assert.ok(course && course.length > 0, one.text);
      assert.ok(isIn(boundsOf(one.from[0]), framesAt(motion, 0)[0]), one.text);
      assert.ok(isIn(boundsOf(one.links[0]), framesAt(motion, 1)[0]), one.text);
      for (const { x, y } of course.points) {
        assert.ok(
          wired.some((point) => point.x === x || point.y === y),
          `${one.text} ${x} ${y}`,
        );
      }
    }
  });

  it('flood to every port at once: copies run as one along the bar, and wait where they arrive', () => {
    const motion = motionOf(picture, trace, step('question', 2));
    assert.equal(motion.courses.length, 29);
    const together = new Set(framesAt(motion, 0.02).map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`));
    const apart = new Set(ends(motion).map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`));
    assert.ok(together.size < 5, `${together.size} places at first`);
    assert.equal(apart.size, 29);
    step('question', 2).links.forEach((link, at) => assert.ok(isIn(boundsOf(link), ends(motion)[at]), link));
    assert.deepEqual(trailsAt(motion, 0.5), []);
  });

  it('go on from the copy that leads to where the question arrives', () => {
    const [course] = motionOf(picture, trace, step('question', 3)).courses;
    const host = topology.links.find(({ id }) => id === step('question', 3).links[0])?.peer;
    assert.ok(isIn(boundsOf(host ?? ''), course?.points[0]));
  });

  it('leave a trail as far as they have come', () => {
    const motion = motionOf(picture, trace, step('request', 2));
    const [half, whole] = [trailsAt(motion, 0.5)[0], trailsAt(motion, 1)[0]];
    assert.deepEqual(half?.at(-1), framesAt(motion, 0.5)[0]);
    assert.deepEqual(whole?.at(-1), ends(motion)[0]);
  });

  it('are drawn at the box of a group that is collapsed, and run to and from it', async () => {
    const group = picture.geometry.groups.find(({ kind }) => kind === 'bridge')?.id ?? '';
    const folded = await pictureOf(topology, new Set([group]));
    const box = folded.scene.byKey.get(groupKey(group))?.bounds ?? assert.fail('no box');
    assert.ok(isIn(box, ends(motionOf(folded, trace, step('request', 0)))[0]));
    const toBridge = motionOf(folded, trace, step('request', 2));
    assert.ok(isIn(box, framesAt(toBridge, 0)[0]));
    assert.ok(
      isIn(
        folded.scene.byKey.get(linkKey(step('request', 2).links[0] ?? ''))?.bounds ?? box,
        ends(toBridge)[0],
      ),
    );
  });

  it('are not drawn where the links are gone', async () => {
    const without = await pictureOf(podsOnBridge(2).build());
    const gone = { ...step('request', 0), links: ['1:99'], from: [] };
    assert.deepEqual(motionOf(without, trace, gone).courses, []);
  });

  it('end half way, at a cross with the cause, where the packet is lost', () => {
    const lost: Trace = pingTrace(topology, 'app-2', 'app-29', true);
    const loss = storyOf(lost, picture.index).find(({ kind }) => kind === 'lost');
    assert.ok(loss);
    const motion = motionOf(picture, lost, loss);
    const [end] = ends(motion);
    assert.ok(!isIn(boundsOf(loss.from[0]), end) && !isIn(boundsOf(loss.links[0]), end));
    assert.deepEqual(
      motion.notes.map(({ text, tone, x, y }) => [text, tone, x, y]),
      [['Lost here. eth0 of app-29 is down.', 'lost', end?.x, end?.y]],
    );
    const unseen = storyOf(lost, picture.index).at(-1);
    assert.equal(unseen && motionOf(picture, lost, unseen).ghost, true);
  });

  it('are led over the port, along the wires, where the loss is told between the bridge and the far end of a cable', () => {
    const lost = pingTrace(topology, 'app-2', 'app-29', true);
    const bridge = topology.links.find(({ kind }) => kind === 'bridge')?.id ?? null;
    const far: Trace = {
      ...lost,
      verdict: { ...lost.verdict, lostAfter: bridge },
      path: { ...lost.path, hops: lost.path.hops.filter(({ link }) => link !== lost.verdict.lostAfter) },
    };
    const loss = storyOf(far, picture.index).find(({ kind }) => kind === 'lost') ?? assert.fail();
    const [course] = motionOf(picture, far, loss).courses;
    const bends = course?.points.slice(1).map((point, at) => [point, course.points[at] ?? point] as const);
    assert.ok(bends && bends.length > 1);
    assert.ok(bends.every(([a, b]) => Math.abs(a.x - b.x) < 1 || Math.abs(a.y - b.y) < 1));
  });
});

describe('the frames of recorded traces', () => {
  const { index, titled } = recordedStories();
  let picture: Picture;

  before(async () => {
    picture = await pictureOf(index.topology);
  });

  const motionsOf = (trace: Trace): [StoryStep, Motion][] =>
    storyOf(trace, picture.index).map((step) => [step, motionOf(picture, trace, step)]);

  it('say at the port what the bridge learns there, and at the asker what it does', () => {
    const notes = motionsOf(titled('web → db (fd00:244::3)')).flatMap(([, { notes: told }]) => told);
    assert.deepEqual(
      notes.map(({ text }) => text.replace(/([0-9a-f]{2}:){5}[0-9a-f]{2}/, 'MAC')),
      ['learned: MAC is here', 'learned: MAC is here', 'learned: fd00:244::3 is at MAC'],
    );
  });

  it('cross the node straight where it routes, for no wire does', () => {
    const motions = motionsOf(titled('web → far (10.96.0.10), TCP 80'));
    const routed = motions.filter(([{ text }]) => text.startsWith('The node sends'));
    assert.ok(routed.length > 0);
    routed.forEach(([, { courses }]) => assert.equal(courses[0]?.points.length, 2));
  });

  it('stand at lo, or at the pod that shows it, where they never leave', () => {
    for (const [, motion] of motionsOf(titled('web → web (10.244.0.2)'))) {
      assert.equal(motion.courses.length, 1);
      assert.equal(motion.courses[0]?.length, 0);
    }
  });
});
