/** What ssh_config files say about one host, resolved as OpenSSH would: the first value found for a keyword wins. */
import { homedir, hostname } from 'node:os';
import path from 'node:path';
import { PatchbayError } from '../../util/errors.ts';
import { expandHome, readConfigFile, type ConfigSetting } from './configFile.ts';
import { holds, localUser } from './configMatch.ts';

/** Everything needed to reach one host and to log in to it. Paths are absolute. */
export interface HostConfig {
  /** The name as asked for, and the name or address to connect to. */
  readonly alias: string;
  readonly hostname: string;
  readonly port: number;
  readonly user: string;
  /** The name to look up in known_hosts in place of `hostname`, port and all. */
  readonly hostKeyAlias: string | undefined;
  /** Undefined: none were named, so the usual ones are tried where they exist. */
  readonly identityFiles: readonly string[] | undefined;
  readonly identitiesOnly: boolean;
  /** The agent's socket or pipe; undefined where there is none or none is wanted. */
  readonly agent: string | undefined;
  /** The first one is where new keys are saved. */
  readonly userKnownHostsFiles: readonly string[];
  readonly globalKnownHostsFiles: readonly string[];
  /** `no` and `off` count as `ask`: an unknown host is never trusted without a question. */
  readonly strictHostKeyChecking: 'yes' | 'ask' | 'accept-new';
  readonly hashKnownHosts: boolean;
  readonly connectTimeoutMs: number;
  /** Hosts to go through, first one first: `[user@]host[:port]`. */
  readonly jumps: readonly string[];
}

/** What to resolve: fields given here win over any file. */
export interface HostQuery {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
  readonly identityFiles?: readonly string[] | undefined;
  readonly knownHostsFiles?: readonly string[] | undefined;
  /** Read in place of ~/.ssh/config and the system's file, like `ssh -F`. */
  readonly configFile?: string | undefined;
}

/** A host that ~/.ssh/config names, for a list to choose from. */
export interface SshHost {
  readonly host: string;
  readonly hostname: string;
  readonly user: string;
  readonly port: number;
}

const defaultConnectTimeoutMs = 15_000;

/** Resolves a host. Rejects with `bad-file` for a broken file, `bad-input` for settings that cannot be honoured. */
export async function resolveHost(query: HostQuery): Promise<HostConfig> {
  return resolveSettings(query, await readSettings(query.configFile));
}

/** The concrete hosts (no wildcards) that the user's ssh_config names, in its order. */
export async function listSshHosts(configFile?: string): Promise<SshHost[]> {
  const settings = await readSettings(configFile);
  const named = settings.filter((setting) => setting.keyword === 'host').flatMap((setting) => setting.values);
  const hosts = [...new Set(named)].filter((name) => !/[*?!]/.test(name));
  return hosts.map((host) => {
    const { hostname, user, port } = resolveSettings({ host }, settings, 'lenient');
    return { host, hostname, user, port };
  });
}

async function readSettings(configFile: string | undefined): Promise<ConfigSetting[]> {
  const files = configFile === undefined ? defaultConfigFiles() : [expandHome(configFile)];
  return (await Promise.all(files.map(readConfigFile))).flat();
}

function defaultConfigFiles(): string[] {
  const user = path.join(homedir(), '.ssh', 'config');
  return process.platform === 'win32' ? [user] : [user, '/etc/ssh/ssh_config'];
}

function resolveSettings(query: HostQuery, settings: readonly ConfigSetting[], mode?: 'lenient'): HostConfig {
  const found = effectiveSettings(query, settings);
  if (mode !== 'lenient') {
    refuseProxyCommand(query.host, found);
  }
  const user = query.user ?? found.one('user') ?? localUser();
  const port = query.port ?? parsePort(found.one('port'), query.host);
  const hostname = expandTokens(found.one('hostname') ?? '%h', { h: query.host });
  const hostKeyAlias = found.one('hostkeyalias');
  const tokens = { h: hostname, n: query.host, p: String(port), r: user, k: hostKeyAlias ?? query.host };
  const files = (values: readonly string[]): string[] => expandFiles(values, tokens);
  return {
    alias: query.host,
    hostname,
    port,
    user,
    hostKeyAlias,
    identityFiles: optionalFiles(query.identityFiles ?? found.every('identityfile'), tokens),
    identitiesOnly: isYes(found.one('identitiesonly')),
    agent: agentOf(found.one('identityagent'), tokens),
    userKnownHostsFiles: files(
      query.knownHostsFiles ?? found.all('userknownhostsfile') ?? defaultKnownHosts('~/.ssh/'),
    ),
    globalKnownHostsFiles: files(
      query.knownHostsFiles === undefined
        ? (found.all('globalknownhostsfile') ?? defaultKnownHosts('/etc/ssh/ssh_'))
        : [],
    ),
    strictHostKeyChecking: strictness(found.one('stricthostkeychecking')),
    hashKnownHosts: isYes(found.one('hashknownhosts')),
    connectTimeoutMs: parseTimeout(found.one('connecttimeout')),
    jumps: parseJumps(found.one('proxyjump')),
  };
}

/** Looks settings up by keyword. */
interface Found {
  /** The first value, or undefined. */
  one(keyword: string): string | undefined;
  /** All words of the first line. */
  all(keyword: string): readonly string[] | undefined;
  /** The words of every line, for keywords that add up. */
  every(keyword: string): readonly string[] | undefined;
}

function effectiveSettings(query: HostQuery, settings: readonly ConfigSetting[]): Found {
  const chosen: ConfigSetting[] = [];
  const first = (keyword: string): ConfigSetting | undefined => chosen.find((one) => one.keyword === keyword);
  for (const setting of settings) {
    const facts = {
      originalHost: query.host,
      host: expandTokens(first('hostname')?.values[0] ?? '%h', { h: query.host }),
      user: query.user ?? first('user')?.values[0] ?? localUser(),
    };
    if (setting.conditions.every((condition) => holds(condition, facts))) {
      chosen.push(setting);
    }
  }
  const every = (keyword: string): string[] =>
    chosen.filter((one) => one.keyword === keyword).flatMap((one) => one.values);
  return {
    one: (keyword) => first(keyword)?.values[0],
    all: (keyword) => first(keyword)?.values,
    every: (keyword) => (first(keyword) === undefined ? undefined : every(keyword)),
  };
}

function refuseProxyCommand(host: string, found: Found): void {
  const command = found.one('proxycommand');
  if (command !== undefined && command !== 'none' && found.one('proxyjump') === undefined) {
    throw new PatchbayError(
      'bad-input',
      `The SSH configuration reaches ${host} by a ProxyCommand, which is not run.`,
      {
        hint: 'Use ProxyJump in its place.',
      },
    );
  }
}

function isYes(value: string | undefined): boolean {
  return value?.toLowerCase() === 'yes' || value?.toLowerCase() === 'true';
}

function strictness(value: string | undefined): HostConfig['strictHostKeyChecking'] {
  const word = value?.toLowerCase();
  return word === 'yes' || word === 'true' ? 'yes' : word === 'accept-new' ? 'accept-new' : 'ask';
}

function parsePort(value: string | undefined, host: string): number {
  const port = value === undefined ? 22 : Number(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new PatchbayError('bad-input', `The SSH configuration gives ${host} the port "${value ?? ''}".`, {
      hint: 'A port is a number from 1 to 65535.',
    });
  }
  return port;
}

/** Seconds, or `1m30s` as sshd_config(5), TIME FORMATS, allows. */
function parseTimeout(value: string | undefined): number {
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  let total = 0;
  for (const [, count, unit] of (value ?? '').toLowerCase().matchAll(/(\d+)([smhdw]?)/g)) {
    total += Number(count) * seconds[(unit === '' ? 's' : unit) as keyof typeof seconds];
  }
  return total === 0 ? defaultConnectTimeoutMs : total * 1000;
}

function parseJumps(value: string | undefined): string[] {
  return value === undefined || value.toLowerCase() === 'none'
    ? []
    : value.split(',').map((jump) => jump.trim());
}

function defaultKnownHosts(prefix: string): string[] {
  return [`${prefix}known_hosts`, `${prefix}known_hosts2`];
}

/** IdentityAgent: `none`, `SSH_AUTH_SOCK`, `$VARIABLE`, or a path. */
function agentOf(value: string | undefined, tokens: Tokens): string | undefined {
  const usual = process.env['SSH_AUTH_SOCK'] ?? windowsAgent();
  if (value === undefined || value === 'SSH_AUTH_SOCK') {
    return usual === '' ? undefined : usual;
  }
  if (value.toLowerCase() === 'none') {
    return undefined;
  }
  return value.startsWith('$') && !value.startsWith('${')
    ? process.env[value.slice(1)]
    : expandFiles([value], tokens)[0];
}

function windowsAgent(): string | undefined {
  return process.platform === 'win32' ? String.raw`\\.\pipe\openssh-ssh-agent` : undefined;
}

function optionalFiles(values: readonly string[] | undefined, tokens: Tokens): string[] | undefined {
  return values === undefined ? undefined : expandFiles(values, tokens);
}

/** Absolute paths; `none` stands for no file. */
function expandFiles(values: readonly string[], tokens: Tokens): string[] {
  return values
    .filter((value) => value.toLowerCase() !== 'none')
    .map((value) => path.resolve(expandHome(expandTokens(expandVariables(value), tokens))));
}

function expandVariables(text: string): string {
  return text.replace(/\$\{(\w+)\}/g, (_, name: string) => process.env[name] ?? '');
}

type Tokens = Readonly<Record<string, string>>;

/** The tokens of ssh_config(5), TOKENS, but for %C and those that only commands may use. */
function expandTokens(text: string, tokens: Tokens): string {
  const common: Tokens = {
    '%': '%',
    d: homedir(),
    i: String(process.getuid?.() ?? 0),
    l: hostname(),
    L: hostname().replace(/\..*$/, ''),
    u: localUser(),
  };
  return text.replace(/%(.)/g, (whole, token: string) => tokens[token] ?? common[token] ?? whole);
}
