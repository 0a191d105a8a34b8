import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  checkHostKey,
  formatKnownHost,
  hostKeyType,
  knownHostName,
  knownKeyTypes,
  parseKnownHosts,
  type HostKey,
  type HostKeyVerdict,
} from '../../../../src/transport/ssh/knownHosts.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'patchbay-known-'));

/** A key made by ssh-keygen, as the server would show it and as known_hosts holds it. */
function makeKey(name: string, type: string): HostKey & { readonly text: string } {
  const file = path.join(dir, name);
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
  const [keyType = '', base64 = ''] = readFileSync(`${file}.pub`, 'utf8').split(' ');
  return { type: keyType, blob: Buffer.from(base64, 'base64'), text: `${keyType} ${base64}` };
}

describe('known_hosts', () => {
  const ed25519 = makeKey('ed25519', 'ed25519');
  const other = makeKey('other', 'ed25519');
  const ecdsa = makeKey('ecdsa', 'ecdsa');

  after(() => rmSync(dir, { recursive: true }));

  const judge = (text: string, key: HostKey = ed25519, host = 'web', port = 22): HostKeyVerdict =>
    checkHostKey(parseKnownHosts(text, '/kh'), knownHostName(host, port), key);

  it('finds a plain name, in any case', () => {
    assert.equal(judge(`web ${ed25519.text}\n`).kind, 'match');
    assert.equal(judge(`WEB ${ed25519.text}\n`, ed25519, 'Web').kind, 'match');
  });

  it('finds a name among several, behind patterns, and not behind a negation', () => {
    assert.equal(judge(`db,web,10.0.0.1 ${ed25519.text} comment here\n`).kind, 'match');
    assert.equal(judge(`w*,!db ${ed25519.text}`).kind, 'match');
    assert.equal(judge(`*,!web ${ed25519.text}`).kind, 'unknown');
  });

  it('tells ports apart', () => {
    assert.equal(judge(`[web]:2222 ${ed25519.text}`, ed25519, 'web', 2222).kind, 'match');
    assert.equal(judge(`[web]:2222 ${ed25519.text}`).kind, 'unknown');
    assert.equal(judge(`web ${ed25519.text}`, ed25519, 'web', 2222).kind, 'unknown');
  });

  it('finds names that ssh-keygen -H has hashed', () => {
    const file = path.join(dir, 'hashed');
    writeFileSync(file, `web ${ed25519.text}\n[10.0.0.1]:2222 ${ecdsa.text}\n`);
    execFileSync('ssh-keygen', ['-H', '-f', file], { stdio: 'ignore' });
    const text = readFileSync(file, 'utf8');
    assert.doesNotMatch(text, /web|10\.0\.0/);
    assert.equal(judge(text).kind, 'match');
    assert.equal(judge(text, ecdsa, '10.0.0.1', 2222).kind, 'match');
    assert.equal(judge(text, ed25519, 'db').kind, 'unknown');
    assert.equal(judge(text, other).kind, 'changed');
  });

  it('names the file and line of a key that has changed', () => {
    const verdict = judge(`# my hosts\n\ndb ${ed25519.text}\nweb ${other.text}\n`);
    assert.equal(verdict.kind, 'changed');
    assert.deepEqual(
      { path: verdict.offending.path, line: verdict.offending.line, keyType: verdict.offending.keyType },
      { path: '/kh', line: 4, keyType: 'ssh-ed25519' },
    );
  });

  it('takes any of several keys on file for a match', () => {
    assert.equal(judge(`web ${other.text}\nweb ${ed25519.text}\n`).kind, 'match');
  });

  it('calls a key of a new type unknown, and tells the types it knows', () => {
    assert.deepEqual(judge(`web ${ecdsa.text}`), { kind: 'unknown', otherTypes: ['ecdsa-sha2-nistp256'] });
    assert.deepEqual(judge(''), { kind: 'unknown', otherTypes: [] });
  });

  it('refuses a revoked key even where another line trusts it', () => {
    const verdict = judge(`web ${ed25519.text}\n@revoked * ${ed25519.text}\n`);
    assert.equal(verdict.kind, 'revoked');
    assert.equal(verdict.offending.line, 2);
    assert.equal(judge(`@revoked * ${other.text}\nweb ${ed25519.text}`).kind, 'match');
  });

  it('does not take a certificate authority for a host key', () => {
    assert.deepEqual(judge(`@cert-authority * ${ed25519.text}`), { kind: 'unknown', otherTypes: [] });
  });

  it('survives CRLF, tabs, comments and lines that make no sense', () => {
    const text = [
      '#web ssh-ed25519 AAAA',
      'web',
      'web ssh-ed25519',
      'web ssh-ed25519 !!!',
      `web ssh-rsa ${ed25519.text.split(' ')[1] ?? ''}`,
      '@nonsense web x y',
      '|1|broken ssh-ed25519 AAAA',
      '\0\0\0',
    ];
    assert.deepEqual(parseKnownHosts(text.join('\r\n'), '/kh'), []);
    assert.equal(
      judge([...text, `\tweb\t${ed25519.text.replace(' ', '\t')}`, ''].join('\r\n')).kind,
      'match',
    );
  });

  it('lists the key types of a host in the order of the files, without revoked ones', () => {
    const text = `web ${ecdsa.text}\ndb ${other.text}\nweb ${ed25519.text}\n@revoked gone ${other.text}`;
    const entries = parseKnownHosts(text, '/kh');
    assert.deepEqual(knownKeyTypes(entries, 'web'), ['ecdsa-sha2-nistp256', 'ssh-ed25519']);
    assert.deepEqual(knownKeyTypes(entries, 'gone'), []);
  });

  it('writes lines that it and ssh-keygen find again, plain and hashed', () => {
    for (const hashed of [false, true]) {
      const line = formatKnownHost('[web]:2222', ed25519, hashed);
      const file = path.join(dir, `written-${String(hashed)}`);
      writeFileSync(file, `${line}\n`);
      assert.equal(judge(line, ed25519, 'web', 2222).kind, 'match');
      assert.match(
        execFileSync('ssh-keygen', ['-F', '[web]:2222', '-f', file], { encoding: 'utf8' }),
        /found: line 1/,
      );
    }
  });

  it('does not take the word of a blob that is too short', () => {
    assert.equal(hostKeyType(Buffer.from([0, 0])), undefined);
    assert.equal(hostKeyType(Buffer.from([0, 0, 0, 9, 65])), undefined);
  });
});
