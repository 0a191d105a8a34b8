import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isSameKey, makeKey, writeCredentialFiles } from '../../../src/transport/lab/keys.ts';

describe("a lab's keys", () => {
  it('sign what they verify, every time', () => {
    for (let i = 0; i < 600; i++) {
      assert.equal(makeKey().publicKey.getPublicSSH().length, 4 + 'ssh-ed25519'.length + 4 + 32);
    }
  });

  it('are told apart', () => {
    const [one, other] = [makeKey(), makeKey()];
    assert.equal(isSameKey(one, one.publicKey.getPublicSSH()), true);
    assert.equal(isSameKey(one, other.publicKey.getPublicSSH()), false);
    assert.equal(isSameKey(one, Buffer.alloc(0)), false);
  });

  describe('on disk', () => {
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'patchbay-keys-'))));
    afterEach(() => rmSync(folder, { recursive: true }));
    const write = (): ReturnType<typeof writeCredentialFiles> =>
      writeCredentialFiles(folder, {
        host: '127.0.0.1',
        port: 2222,
        hostKey: makeKey(),
        clientKey: makeKey(),
      });

    it('are for this user only, also where a laxer file was', async () => {
      writeFileSync(path.join(folder, 'lab_ed25519'), 'old');
      chmodSync(path.join(folder, 'lab_ed25519'), 0o644);
      const { identityFile, knownHostsFile } = await write();
      assert.equal(statSync(identityFile).mode & 0o777, 0o600);
      assert.match(readFileSync(knownHostsFile, 'utf8'), /^\[127\.0\.0\.1\]:2222 ssh-ed25519 [\w+/]+=*\n$/);
    });

    it('do not follow a symbolic link', async () => {
      const elsewhere = path.join(folder, 'elsewhere');
      writeFileSync(elsewhere, 'untouched');
      symlinkSync(elsewhere, path.join(folder, 'lab_ed25519'));
      await write();
      assert.equal(readFileSync(elsewhere, 'utf8'), 'untouched');
    });
  });
});
