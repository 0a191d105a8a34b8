import js from '@eslint/js';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** The rooms of src/, lowest first: a room imports only from rooms below it (docs/ARCHITECTURE.md). */
const rooms = {
  util: [],
  protocol: ['topology', 'trace', 'verify', 'pods', 'util'],
  transport: ['util'],
  iproute: ['transport', 'util'],
  topology: ['iproute', 'util'],
  pods: ['topology', 'iproute', 'util'],
  trace: ['topology', 'iproute', 'transport', 'util'],
  verify: ['trace', 'topology', 'iproute', 'transport', 'util'],
  diagnose: ['pods', 'trace', 'topology', 'iproute', 'util'],
  session: ['diagnose', 'verify', 'pods', 'trace', 'topology', 'iproute', 'transport', 'util'],
  views: [
    'session',
    'diagnose',
    'verify',
    'pods',
    'trace',
    'topology',
    'iproute',
    'transport',
    'protocol',
    'util',
  ],
};
rooms.commands = ['views', ...rooms.views];

/** Rooms that compute and never touch the machine or the editor. */
const pureRooms = ['iproute', 'topology', 'pods', 'trace', 'verify', 'diagnose', 'protocol', 'util'];
const machineModules = ['ssh2', 'fs', 'net', 'child_process', 'dgram', 'http', 'os'].flatMap((name) => [
  name,
  `node:${name}`,
  `node:${name}/*`,
]);

const wall = (room, allowed) => {
  const forbiddenRooms = Object.keys(rooms).filter((other) => other !== room && !allowed.includes(other));
  const patterns = [
    {
      regex: `^(\\.\\./)+(${forbiddenRooms.join('|')})/`,
      message: `src/${room} must not import this room (docs/ARCHITECTURE.md, "Who may import whom").`,
    },
    { regex: '^(\\.\\./)+(extension|cli)\\.ts$', message: 'Nothing imports a composition root.' },
  ];
  const paths = [];
  if (!['views', 'commands'].includes(room)) {
    paths.push({ name: 'vscode', message: `src/${room} runs without VS Code.` });
  }
  if (pureRooms.includes(room)) {
    paths.push(...machineModules.map((name) => ({ name, message: `src/${room} is pure: no I/O.` })));
  } else if (room !== 'transport') {
    paths.push({ name: 'ssh2', message: 'Only src/transport imports ssh2.' });
  }
  return {
    files: [`src/${room}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns, paths }] },
  };
};

export default tseslint.config(
  { ignores: ['dist/', '.cache/', '.vscode-test/', 'node_modules/', 'test/fixtures/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.json', './webview/tsconfig.json', './test/bench/panel/pages/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-control-regex': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      eqeqeq: 'error',
    },
  },
  ...Object.entries(rooms).map(([room, allowed]) => wall(room, allowed)),
  {
    files: ['src/transport/**/*.ts'],
    ignores: ['src/transport/ssh/**', 'src/transport/lab/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: ['ssh2', 'vscode'],
          patterns: [{ regex: '^(\\.\\./)+(session|views|commands|topology|iproute|trace|pods|protocol)/' }],
        },
      ],
    },
  },
  {
    files: ['webview/**/*.ts'],
    languageOptions: { globals: globals.browser },
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '^(\\.\\./)+src/(?!protocol/|topology/|trace/|verify/)',
              message:
                'The page imports only src/protocol, src/topology/showCommands.ts, and types of src/topology, src/trace and src/verify.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: globals.node },
    rules: { 'no-restricted-exports': 'off' },
  },
);
