import { strict as assert } from 'node:assert';
import { panelHtml } from '../../../../src/views/panel/panelHtml.ts';

const assets = {
  cspSource: 'https://*.vscode-cdn.net',
  script: 'https://a/panel.js',
  style: 'https://a/style.css',
};

describe('The document of the panel', () => {
  const html = panelHtml(assets, { nonce: 'abc', language: 'en', title: 'Topology' });
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? '';

  it('lets only the one script run, and nothing else load from anywhere', () => {
    assert.match(policy, /^default-src 'none';/);
    assert.match(policy, /script-src 'nonce-abc';/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(html.match(/<script/g)?.length, 1);
    assert.match(html, /<script nonce="abc" src="https:\/\/a\/panel.js">/);
  });

  it('lets the layout worker start from a blob', () => {
    assert.match(policy, /worker-src blob:/);
  });

  it('cannot be broken out of', () => {
    const evil = '"><script>alert(1)</script>';
    const page = panelHtml(
      { cspSource: evil, script: evil, style: evil },
      { nonce: evil, language: evil, title: evil },
    );
    assert.equal(page.match(/<script/g)?.length, 1);
  });
});
