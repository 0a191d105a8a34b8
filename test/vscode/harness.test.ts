import { strict as assert } from 'node:assert';
import * as vscode from 'vscode';

describe('The extension host', () => {
  it('hosts Patchbay from this folder', () => {
    const extension = vscode.extensions.all.find(({ packageJSON }) => {
      return (packageJSON as { name?: string }).name === 'patchbay';
    });
    assert.ok(extension, 'Patchbay is among the extensions');
  });

  it('has the environment of the test run', () => {
    assert.equal(process.env['PATCHBAY_TEST_RUN'], 'yes');
  });
});
