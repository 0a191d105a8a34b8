/** The picture taken out of the panel: as a file, whole or as seen, and on the clipboard. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import type { PictureRequest, ToPanel } from '../../../src/protocol/messages.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { comparePictures } from '../comparePictures.ts';
import { live, show, usePanel } from './openPanel.ts';
import { broken, fiveBridges, hostileNames, podNamed, podsOnBridge } from './topologies.ts';
import { pingTrace } from './traces.ts';

describe('the exported picture', function () {
  this.timeout(60_000);
  const ui = usePanel();
  const twenty = podsOnBridge(20).build();
  const sharp = { scale: 2, reducedMotion: true, width: 1_000, height: 600 } as const;

  const draw = async (format: PictureRequest['format'], part: PictureRequest['part']): Promise<Buffer> => {
    const { error, picture } = await ui.panel.ask({ draw: { format, part } });
    assert.equal(error, null);
    assert.ok(picture);
    return Buffer.from(picture);
  };
  const svgOf = async (part: PictureRequest['part']): Promise<string> =>
    (await draw('svg', part)).toString('utf8');

  /** What a browser makes of an SVG file, in px of the device. */
  const rendered = async (svg: Buffer): Promise<Buffer> => {
    const page = await ui.panel.page.context().newPage();
    await page.goto(`data:image/svg+xml;base64,${svg.toString('base64')}`);
    const [width = 0, height = 0] =
      /viewBox="0 0 (\d+) (\d+)"/.exec(svg.toString())?.slice(1).map(Number) ?? [];
    await page.setViewportSize({ width, height });
    const picture = await page.screenshot();
    await page.close();
    return picture;
  };

  /** Kept where it can be looked at. */
  const assertSame = async (
    name: string,
    actual: Buffer,
    onScreen: Buffer,
    tolerance: number,
  ): Promise<void> => {
    const { part, picture } = comparePictures(actual, onScreen);
    if (part > tolerance) {
      const folder = 'test/ui/screenshots/exported';
      await mkdir(folder, { recursive: true });
      const files = { actual, screen: onScreen, difference: picture };
      await Promise.all(
        Object.entries(files).map(([kind, content]) => writeFile(`${folder}/${name}-${kind}.png`, content)),
      );
      assert.fail(`${name}: ${(part * 100).toFixed(2)} % looks different; see ${folder}`);
    }
  };

  const sights: readonly {
    readonly name: string;
    readonly topology: Topology;
    readonly then?: () => Promise<void>;
  }[] = [
    { name: 'from afar', topology: fiveBridges().build() },
    {
      name: 'with a selection that dims the rest',
      topology: twenty,
      then: () => ui.panel.click(podNamed(twenty, 'app-7')),
    },
    {
      name: 'from close by',
      topology: twenty,
      then: async () => {
        await ui.panel.click(podNamed(twenty, 'app-1'));
        await ui.keys('0', '+', '+', '+', 'Escape');
      },
    },
    {
      name: 'with a search that hides the rest',
      topology: twenty,
      then: async () => {
        await ui.search('app-1');
        await ui.panel.page.getByTitle(/^Hide what/).click();
      },
    },
    {
      name: 'with a trace',
      topology: twenty,
      then: () => ui.panel.send({ type: 'trace', trace: pingTrace(twenty, 'app-2', 'app-14') }),
    },
    {
      name: 'no longer current',
      topology: broken().build(),
      then: () => ui.panel.send(lost),
    },
  ];
  const lost: ToPanel = {
    type: 'state',
    state: {
      kind: 'lost',
      label: 'root@edge-07',
      message: 'It was closed.',
      since: '2026-01-15T10:00:05.000Z',
    },
  };

  for (const { name, topology, then } of sights) {
    it(`is as seen what is on screen: ${name}`, async () => {
      await ui.open(topology, sharp);
      await then?.();
      await ui.panel.page.mouse.move(2, 2);
      await ui.panel.waitForPicture();
      // What lies over the graph is no part of it: the minimap, the band, the ring of the focus.
      await ui.panel.page.evaluate(
        `document.querySelectorAll('.minimap, .bands').forEach(({ style }) => (style.visibility = 'hidden'));
        document.activeElement.blur()`,
      );
      const onScreen = await ui.panel.page.locator('.graph-host').screenshot();
      const file = name.replaceAll(' ', '-');
      await assertSame(`${file}-png`, await draw('png', 'seen'), onScreen, 1e-4);
      // A baseline on the edge between two px is rounded one way or the other.
      await assertSame(`${file}-svg`, await rendered(await draw('svg', 'seen')), onScreen, 1e-3);
    });
  }

  it('is whole all that there is, at a zoom where it can be read, whatever is in sight', async () => {
    const topology = podsOnBridge(110).build();
    await ui.open(topology);
    await ui.panel.click(podNamed(topology, 'app-60'));
    await ui.keys('0', '+', '+');
    const svg = await svgOf('whole');
    const texts = new Set([...svg.matchAll(/<text[^>]*>([^<]*)/g)].map(([, text]) => text));
    const eth0s = topology.links
      .filter(({ name }) => name === 'eth0')
      .flatMap((link) => link.addresses[0] ?? []);
    for (const text of [...topology.namespaces.flatMap(({ pod }) => pod?.name ?? []), ...eth0s]) {
      assert.ok(texts.has(text), text);
    }
    const [width = 0, height = 0] = /width="(\d+)" height="(\d+)"/.exec(svg)?.slice(1).map(Number) ?? [];
    const png = await draw('png', 'whole');
    assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [2 * width, 2 * height]);
  });

  it('is well-formed XML that says what it shows, whatever is in the names', async () => {
    const names = Array.from({ length: 0x20 }, (_, code) => `c${String.fromCharCode(code)}d`);
    const builder = hostileNames();
    const bridge = builder.link(builder.root, ']]>\ud800\uffff', { kind: 'bridge' });
    names.forEach((name, at) => builder.pod(name, bridge, `10.7.0.${at + 2}/24`));
    await ui.open(builder.build());
    const svg = await svgOf('whole');
    const parsed = await ui.panel.page.evaluate<Record<string, unknown>>(`(() => {
      const svg = new DOMParser().parseFromString(${JSON.stringify(svg)}, 'image/svg+xml');
      const names = new Set([...svg.querySelectorAll('*')].map(({ localName }) => localName));
      return {
        error: svg.querySelector('parsererror')?.textContent ?? null,
        elements: [...names].sort(),
        title: svg.querySelector('title').textContent,
        description: svg.querySelector('desc').textContent,
      };
    })()`);
    assert.deepEqual(parsed, {
      error: null,
      elements: ['circle', 'desc', 'g', 'path', 'rect', 'svg', 'text', 'title'],
      title: 'Network of <b>node</b>',
      description: '43 pods, 2 bridges, 132 interfaces, as of 2026-01-15T10:00:00.000Z.',
    });
    assert.doesNotMatch(svg, /var\(/);
  });

  it('of a node too large for programs that show pictures is made smaller', async () => {
    await ui.open(podsOnBridge(700).build());
    const png = await draw('png', 'whole');
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    assert.ok(width * height <= 48 * 2 ** 20 && width * height > 47 * 2 ** 20, `${width} × ${height}`);
  });

  it('waits for a picture that is on its way, and is refused where there will be none', async () => {
    await ui.open(null);
    await ui.panel.send(live);
    const asked = ui.panel.ask({ draw: { format: 'svg', part: 'seen' } });
    await ui.panel.send(show(twenty));
    assert.equal((await asked).error, null);
    await ui.panel.send({
      type: 'state',
      state: { kind: 'failed', label: 'root@edge-07', message: 'Refused.' },
    });
    const refused = await ui.panel.ask({ draw: { format: 'png', part: 'whole' } });
    assert.equal(refused.error, 'There is no picture yet.');
  });

  it('is asked for by a button and by a key', async () => {
    await ui.open(twenty);
    await ui.panel.page.getByTitle('Export… (E)').click();
    await ui.panel.page.locator('.graph-host').focus();
    await ui.keys('e');
    const asked = (await ui.panel.sent()).flatMap((message) => ('command' in message ? message.command : []));
    assert.deepEqual(asked, ['patchbay.panel.export', 'patchbay.panel.export']);
  });

  describe('on the clipboard', () => {
    const allow = async (setting: 'granted' | 'denied'): Promise<void> => {
      const { page } = ui.panel;
      const session = await page.context().newCDPSession(page);
      const { browserContextId } = (await session.send('Target.getTargetInfo')).targetInfo;
      for (const name of ['clipboard-read', 'clipboard-write']) {
        const permission = { permission: { name }, setting, ...(browserContextId && { browserContextId }) };
        await session.send('Browser.setPermission', permission);
      }
    };
    const copyButton = () => ui.panel.page.getByTitle('Copy the picture');

    it('is what is seen', async () => {
      await ui.open(twenty);
      await allow('granted');
      await copyButton().click();
      await ui.panel.waitUntil(
        `[...document.querySelectorAll('[role=status]')].some((one) => one.textContent === 'Picture copied')`,
      );
      const copied = await ui.panel.page.evaluate<string>(`navigator.clipboard.read()
        .then(([item]) => item.getType('image/png'))
        .then((blob) => new Promise((done) => {
          const reader = new FileReader();
          reader.onload = () => done(reader.result.split(',')[1]);
          reader.readAsDataURL(blob);
        }))`);
      const seen = await draw('png', 'seen');
      assert.equal(comparePictures(Buffer.from(copied, 'base64'), seen).pixels, 0);
    });

    it('is told of where the browser refuses it, with the way out', async () => {
      await ui.open(twenty);
      await allow('denied');
      await copyButton().click();
      const notice = ui.panel.page.locator('.notice');
      await notice.waitFor();
      assert.match(await notice.innerText(), /The browser does not let the panel copy a picture/);
      await notice.getByText('Export…').click();
      const asked = (await ui.panel.sent()).flatMap((message) =>
        'command' in message ? message.command : [],
      );
      assert.deepEqual(asked, ['patchbay.panel.export']);
      const { error } = await ui.panel.ask({ copyPicture: true });
      assert.match(error ?? '', /does not let the panel copy/);
    });
  });
});
