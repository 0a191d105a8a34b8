import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const everywhere = ['start', 'node', 'vscode', 'ui'];
const tests = ['node', 'vscode', 'ui'];
const containers = ['node'];
const workbenches = ['vscode', 'ui'];

/**
 * What the lab and the test suites need of the system: how to tell that it is there, what needs it, and the
 * package that brings it (`package`, or another name where a package manager has one). Tests do without what is
 * optional: they are skipped and say so.
 */
const requirements = [
  { isThere: has('ip'), neededBy: everywhere, package: 'iproute2', dnf: 'iproute' },
  { isThere: has('unshare', 'nsenter'), neededBy: everywhere, package: 'util-linux' },
  { isThere: has('ping'), neededBy: everywhere, package: 'iputils', apt: 'iputils-ping' },
  { isThere: has('tcpdump'), neededBy: everywhere, package: 'tcpdump' },
  { isThere: has('nft'), neededBy: tests, package: 'nftables' },
  // Real containers to look at.
  { isThere: has('podman', 'conmon'), neededBy: containers, optional: true, package: 'podman' },
  { isThere: hasNetavark, neededBy: containers, optional: true, package: 'netavark' },
  { isThere: has('runc'), neededBy: containers, optional: true, package: 'runc' },
  { isThere: has('iptables'), neededBy: containers, optional: true, package: 'iptables' },
  {
    isThere: has('busybox'),
    neededBy: containers,
    optional: true,
    package: 'busybox',
    apt: 'busybox-static',
    zypper: 'busybox-static',
  },
  {
    isThere: () => existsSync('/usr/lib/cni/bridge'),
    neededBy: containers,
    optional: true,
    package: 'containernetworking-plugins',
    pacman: 'cni-plugins',
    apk: 'cni-plugins',
  },
  // Another kernel, and what loads its modules.
  { isThere: has('linux.uml'), neededBy: containers, optional: true, package: 'user-mode-linux' },
  { isThere: has('modprobe'), neededBy: containers, optional: true, package: 'kmod' },
  { isThere: has('sshd'), neededBy: tests, package: 'openssh-server', pacman: 'openssh' },
  {
    isThere: has('ssh', 'ssh-keygen', 'ssh-agent', 'ssh-add'),
    neededBy: tests,
    package: 'openssh-clients',
    apt: 'openssh-client',
    apk: 'openssh-client',
    pacman: 'openssh',
  },
  { isThere: has('sudo'), neededBy: tests, package: 'sudo' },
  { isThere: has('openssl'), neededBy: tests, package: 'openssl' },
  { isThere: has('ps'), neededBy: tests, package: 'procps-ng', apt: 'procps', zypper: 'procps' },
  { isThere: has('busybox'), neededBy: tests, package: 'busybox', apt: 'busybox-static' },
  { isThere: hasChromium, neededBy: workbenches, package: 'chromium' },
  // Stored pictures are compared letter by letter.
  {
    isThere: hasFonts('DejaVuSans.ttf', 'DejaVuSans-Oblique.ttf', 'DejaVuSansMono.ttf'),
    neededBy: workbenches,
    package: 'ttf-dejavu',
    apt: 'fonts-dejavu-extra',
    dnf: 'dejavu-sans-fonts',
    zypper: 'dejavu-fonts',
  },
];

const installCommands = {
  apt: 'apt-get install -y --no-install-recommends',
  dnf: 'dnf install -y',
  zypper: 'zypper install -y',
  pacman: 'pacman -S --needed',
  apk: 'apk add',
};

/**
 * Sees to it that what is needed is there: installs it as root on Debian and Ubuntu, names it and the command
 * that installs it elsewhere. `npm start` goes on without it; the tests do not.
 */
export function installSystemPrograms(purposes) {
  if (process.platform !== 'linux') {
    console.log('The lab, and the tests of nodes, need Linux. Everything else works here too.');
    return;
  }
  let missing = missingFor(purposes);
  if (missing.length > 0 && managerHere() === 'apt' && process.getuid() === 0) {
    // Apart: one package that a release does not have yet must not cost the others.
    for (const some of [missing.filter(isRequired), missing.filter(({ optional }) => optional)]) {
      installWithApt(some);
    }
    missing = missingFor(purposes);
  }
  if (missing.length > 0) {
    const message = `Missing on this system: ${packageNames(missing).join(', ')}.\n${advice(missing)}`;
    if (!purposes.includes('start') && missing.some(isRequired)) {
      throw new Error(message);
    }
    console.warn(
      `${message}\nGoing on without: ${purposes.includes('start') ? 'the lab will not be whole' : 'some tests will be skipped'}.`,
    );
  }
}

function isRequired({ optional }) {
  return !optional;
}

function missingFor(purposes) {
  return requirements.filter(
    ({ neededBy, isThere }) => neededBy.some((purpose) => purposes.includes(purpose)) && !isThere(),
  );
}

/** The lists of packages are fetched only when what is there does not do. */
function installWithApt(missing) {
  const packages = packageNames(missing);
  const hadSshd = has('sshd')();
  if (isUbuntu() && packages.includes('chromium')) {
    packages.splice(packages.indexOf('chromium'), 1);
    installChromiumOfPlaywright();
  }
  if (packages.length > 0) {
    console.log(`Installing with apt: ${packages.join(' ')} …`);
    if (!apt('install', '-y', '--no-install-recommends', ...packages)) {
      apt('update');
      apt('install', '-y', '--no-install-recommends', ...packages);
    }
  }
  if (!hadSshd && has('sshd')() && existsSync('/run/systemd/system')) {
    console.log('openssh-server has started the ssh service; if it is unwanted: systemctl disable --now ssh');
  }
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { stdio: 'inherit', env }).status === 0;
}

/** Ubuntu's own package is only a snap, which cannot read a profile in /tmp and wants a running snapd. */
function installChromiumOfPlaywright() {
  console.log('Installing Chromium with Playwright …');
  const cli = join('node_modules', 'playwright-core', 'cli.js');
  spawnSync(process.execPath, [cli, 'install', '--with-deps', 'chromium'], { stdio: 'inherit' });
}

function advice(missing) {
  const manager = managerHere();
  if (!manager) {
    return 'Install them with the package manager of this system.';
  }
  const sudo = process.getuid() === 0 ? '' : 'sudo ';
  let packages = packageNames(missing);
  const lines = [];
  if (isUbuntu() && packages.includes('chromium')) {
    packages = packages.filter((name) => name !== 'chromium');
    lines.push('  npx playwright-core install --with-deps chromium');
  }
  if (packages.length > 0) {
    lines.unshift(`  ${sudo}${installCommands[manager]} ${packages.join(' ')}`);
  }
  return `Install with:\n${lines.join('\n')}`;
}

function packageNames(missing) {
  const manager = managerHere();
  return [...new Set(missing.map((requirement) => requirement[manager] ?? requirement.package))];
}

function managerHere() {
  const programs = { apt: 'apt-get', dnf: 'dnf', zypper: 'zypper', pacman: 'pacman', apk: 'apk' };
  return Object.keys(programs).find((manager) => has(programs[manager])());
}

function isUbuntu() {
  return existsSync('/etc/os-release') && /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'));
}

/** Tells whether all programs are on PATH or in the system folders that PATH of a plain user lacks. */
function has(...names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return () => names.every((name) => folders.some((folder) => isExecutable(join(folder, name))));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** podman starts it by itself, from a folder that is on no PATH. */
function hasNetavark() {
  return ['/usr/lib/podman', '/usr/libexec/podman'].some((folder) => isExecutable(join(folder, 'netavark')));
}

/** The same places where test/harness/chromium.ts looks. */
function hasChromium() {
  const programs = [
    'chromium',
    'chromium-browser',
    'google-chrome-stable',
    'google-chrome',
    'microsoft-edge',
  ];
  const ofPlaywright = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), '.cache', 'ms-playwright');
  return (
    process.env.PATCHBAY_CHROMIUM !== undefined ||
    programs.some((program) => has(program)()) ||
    namesIn(ofPlaywright).some((name) => name.startsWith('chromium-'))
  );
}

function hasFonts(...files) {
  return () => {
    const folders = ['/usr/share/fonts', join(homedir(), '.local/share/fonts'), join(homedir(), '.fonts')];
    const names = folders.flatMap((folder) => namesIn(folder, { recursive: true }));
    return files.every((file) => names.some((name) => name.endsWith(file)));
  };
}

function namesIn(folder, options = {}) {
  try {
    return readdirSync(folder, options);
  } catch {
    return [];
  }
}
