/** The part of VS Code's command line that `runTests` of @vscode/test-electron uses. */
export interface LaunchFlags {
  extensionDevelopmentPath: string | undefined;
  extensionTestsPath: string | undefined;
  userDataDir: string | undefined;
  extensionsDir: string | undefined;
  trustWorkspaces: boolean;
  folder: string | undefined;
}

/** Reads `--name=value` and `--name value`; flags that mean nothing in a browser are let pass. */
export function parseLaunchFlags(args: readonly string[]): LaunchFlags {
  const values = new Map<string, string>();
  const folders: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? '';
    const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === '') {
      folders.push(arg);
    } else if (valueFlags.has(name) && value === undefined) {
      index += 1;
      values.set(name, args[index] ?? '');
    } else {
      values.set(name, value ?? '');
    }
  }
  return {
    extensionDevelopmentPath: values.get('extensionDevelopmentPath'),
    extensionTestsPath: values.get('extensionTestsPath'),
    userDataDir: values.get('user-data-dir'),
    extensionsDir: values.get('extensions-dir'),
    trustWorkspaces: values.has('disable-workspace-trust'),
    folder: folders.at(-1),
  };
}

const valueFlags = new Set([
  'extensionDevelopmentPath',
  'extensionTestsPath',
  'user-data-dir',
  'extensions-dir',
]);
