import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import {
  listSshHosts,
  resolveHost,
  type HostConfig,
  type HostQuery,
} from '../../../../src/transport/ssh/config.ts';

describe('ssh_config', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'patchbay-config-'));
  });
  after(() => rm(dir, { recursive: true }));
  afterEach(() => {
    delete process.env['PATCHBAY_TEST_DIR'];
    delete process.env['PATCHBAY_TEST_AGENT'];
  });

  const write = async (name: string, lines: readonly string[]): Promise<string> => {
    const file = path.join(dir, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, lines.join('\n'));
    return file;
  };
  const resolve = async (lines: readonly string[], query: Partial<HostQuery> = {}): Promise<HostConfig> =>
    await resolveHost({ host: 'web', configFile: await write('config', lines), ...query });

  it('has defaults for a host it does not name, and for a file that is not there', async () => {
    const config = await resolveHost({ host: 'web', configFile: path.join(dir, 'missing') });
    assert.equal(config.hostname, 'web');
    assert.equal(config.port, 22);
    assert.equal(config.user, userInfo().username);
    assert.equal(config.identityFiles, undefined);
    assert.equal(config.strictHostKeyChecking, 'ask');
    assert.equal(config.userKnownHostsFiles[0], path.join(homedir(), '.ssh', 'known_hosts'));
  });

  it('reads a host, whatever the case and the separator of its keywords', async () => {
    const config = await resolve([
      'Host web',
      '  hostname = 10.0.0.5',
      '\tPORT 2222',
      'User=deploy',
      'IdentityFile "/k/my key"',
    ]);
    assert.equal(config.hostname, '10.0.0.5');
    assert.equal(config.port, 2222);
    assert.equal(config.user, 'deploy');
    assert.deepEqual(config.identityFiles, ['/k/my key']);
  });

  it('keeps the first value, and adds up identity files', async () => {
    const config = await resolve([
      'User one',
      'Host w*',
      'User two',
      'IdentityFile /k/1',
      'Host *',
      'IdentityFile /k/2',
      'Port 1',
    ]);
    assert.equal(config.user, 'one');
    assert.equal(config.port, 1);
    assert.deepEqual(config.identityFiles, ['/k/1', '/k/2']);
  });

  it('leaves out blocks whose patterns do not match or are negated', async () => {
    const config = await resolve([
      'Host * !web',
      'User no',
      'Host db ??',
      'User no',
      'Host db w?b',
      'User yes',
    ]);
    assert.equal(config.user, 'yes');
  });

  it('lets what was asked for win', async () => {
    const config = await resolve(['Port 1', 'User a', 'IdentityFile /k/a'], {
      port: 2,
      user: 'b',
      identityFiles: ['/k/b'],
      knownHostsFiles: ['/kh'],
    });
    assert.deepEqual([config.port, config.user], [2, 'b']);
    assert.deepEqual(config.identityFiles, ['/k/b']);
    assert.deepEqual(config.userKnownHostsFiles, ['/kh']);
    assert.deepEqual(config.globalKnownHostsFiles, []);
  });

  it('expands home, tokens and variables', async () => {
    process.env['PATCHBAY_TEST_DIR'] = '/vars';
    const config = await resolve([
      'HostName %h.example.com',
      'User deploy',
      'Port 2200',
      'IdentityFile ~/.ssh/%n_%r',
      'IdentityFile %d/keys/%h-%p',
      'UserKnownHostsFile ${PATCHBAY_TEST_DIR}/known /two/100%%',
      'IdentityAgent ~/agent.sock',
    ]);
    assert.equal(config.hostname, 'web.example.com');
    assert.deepEqual(config.identityFiles, [
      path.join(homedir(), '.ssh/web_deploy'),
      path.join(homedir(), 'keys/web.example.com-2200'),
    ]);
    assert.deepEqual(config.userKnownHostsFiles, ['/vars/known', '/two/100%']);
    assert.equal(config.agent, path.join(homedir(), 'agent.sock'));
  });

  it('knows the ways to name an agent', async () => {
    process.env['PATCHBAY_TEST_AGENT'] = '/run/agent';
    assert.equal((await resolve(['IdentityAgent none'])).agent, undefined);
    assert.equal((await resolve(['IdentityAgent $PATCHBAY_TEST_AGENT'])).agent, '/run/agent');
  });

  it('applies Match by host, user and all, and negated', async () => {
    const match = async (line: string): Promise<boolean> =>
      (await resolve([line, 'Port 99'], { user: 'me' })).port === 99;
    assert.equal(await match('Match all'), true);
    assert.equal(await match('Match host w*,db'), true);
    assert.equal(await match('Match host db'), false);
    assert.equal(await match('Match originalhost web user me'), true);
    assert.equal(await match('Match originalhost web user you'), false);
    assert.equal(await match('Match !host db'), true);
    assert.equal(await match('Match !host web'), false);
  });

  it('never runs a Match exec, nor applies its block', async () => {
    const mark = path.join(dir, 'ran');
    for (const line of [
      `Match exec "touch ${mark}"`,
      `Match host web exec "touch ${mark}"`,
      `Match !exec "touch ${mark}"`,
    ]) {
      assert.equal((await resolve([line, 'Port 99'])).port, 22);
    }
    assert.equal(existsSync(mark), false);
  });

  it('follows Include by glob, in place, and under the conditions around it', async () => {
    await write('conf.d/10-a', ['Host web', 'User included']);
    await write('conf.d/20-b', ['Host web', 'User late', 'Port 2020']);
    await write('conf.d/.hidden', ['Port 1']);
    assert.deepEqual(pick(await resolve(['Include conf.d/*', 'Host web', 'User main'])), ['included', 2020]);
    assert.deepEqual(pick(await resolve(['Host db', 'Include conf.d/*', 'Host web', 'User main'])), [
      'main',
      22,
    ]);
    assert.deepEqual(pick(await resolve(['Include missing/*', 'Include gone', 'User x'])), ['x', 22]);
  });

  it('gives up on files that include each other', async () => {
    await assert.rejects(resolve(['Include config']), { code: 'bad-file' });
  });

  it('names a file that it cannot make sense of', async () => {
    await assert.rejects(resolve(['IdentityFile "/unclosed']), {
      code: 'bad-file',
      message: /config cannot be used/,
    });
    await assert.rejects(resolveHost({ host: 'web', configFile: dir }), { code: 'bad-file' });
    await assert.rejects(resolve(['Port ssh']), { code: 'bad-input', message: /port "ssh"/ });
  });

  it('says that it does not run a ProxyCommand, unless it is switched off', async () => {
    await assert.rejects(resolve(['ProxyCommand nc %h %p']), { code: 'bad-input', hint: /ProxyJump/ });
    assert.deepEqual((await resolve(['ProxyCommand none'])).jumps, []);
  });

  it('reads jumps, time-outs and strictness', async () => {
    assert.deepEqual((await resolve(['ProxyJump a,me@b:2222'])).jumps, ['a', 'me@b:2222']);
    assert.equal((await resolve(['ConnectTimeout 1m5'])).connectTimeoutMs, 65_000);
    assert.equal((await resolve(['StrictHostKeyChecking yes'])).strictHostKeyChecking, 'yes');
    assert.equal((await resolve(['StrictHostKeyChecking accept-new'])).strictHostKeyChecking, 'accept-new');
  });

  it('never lets a file switch host key checking off', async () => {
    assert.equal((await resolve(['StrictHostKeyChecking no'])).strictHostKeyChecking, 'ask');
    assert.equal((await resolve(['StrictHostKeyChecking off'])).strictHostKeyChecking, 'ask');
  });

  it('lists the concrete hosts once, in order, with where they lead', async () => {
    await write('more', ['Host inc', 'HostName 10.9.9.9']);
    const file = await write('config', [
      'Include more',
      'Host web db-? *.lab !x',
      '  HostName 10.0.0.5',
      '  User deploy',
      'Host jump web',
      '  ProxyCommand nc %h %p',
      'Host *',
      '  Port 2222',
    ]);
    assert.deepEqual(await listSshHosts(file), [
      { host: 'inc', hostname: '10.9.9.9', user: userInfo().username, port: 2222 },
      { host: 'web', hostname: '10.0.0.5', user: 'deploy', port: 2222 },
      { host: 'jump', hostname: 'jump', user: userInfo().username, port: 2222 },
    ]);
    assert.deepEqual(await listSshHosts(path.join(dir, 'missing')), []);
  });
});

function pick(config: HostConfig): [string, number] {
  return [config.user, config.port];
}
