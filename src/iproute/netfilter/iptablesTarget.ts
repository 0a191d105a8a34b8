/** Pure: what a rule of iptables does with what it fits (iptables-extensions(8), TARGET EXTENSIONS). */
import { parseNumber, sameBits, type Bits } from './bits.ts';
import { targetOf, type MarkName, type RuleStep, type RuleVerdict, type Target } from './ruleset.ts';

const verdicts: Readonly<
  Record<string, RuleVerdict['kind'] & ('accept' | 'drop' | 'reject' | 'return' | 'unknown')>
> = {
  ACCEPT: 'accept',
  DROP: 'drop',
  REJECT: 'reject',
  RETURN: 'return',
  NFQUEUE: 'unknown',
  TPROXY: 'unknown',
  SYNPROXY: 'unknown',
};

/** Those that change nothing about where a packet goes. */
const silent: ReadonlySet<string> = new Set([
  ...[
    'LOG',
    'NFLOG',
    'ULOG',
    'AUDIT',
    'TRACE',
    'TCPMSS',
    'TCPOPTSTRIP',
    'CLASSIFY',
    'DSCP',
    'TOS',
    'ECN',
    'TTL',
    'HL',
  ],
  ...['SECMARK', 'CONNSECMARK', 'SET', 'CHECKSUM', 'IDLETIMER', 'RATEEST', 'LED', 'TEE'],
]);

/** Reads "-j NAME …" or "-g NAME". */
export function stepsOfTarget([option, name = '', ...rest]: readonly string[]): RuleStep[] {
  const verdict = verdicts[name];
  if (verdict !== undefined) {
    return [{ kind: 'verdict', verdict: { kind: verdict } }];
  }
  if (silent.has(name)) {
    return [];
  }
  const own = targets[name];
  return own
    ? own((wanted) => valueAfter(rest, wanted))
    : [{ kind: 'verdict', verdict: { kind: option === '-g' ? 'goto' : 'jump', chain: name } }];
}

/** The value of an option; "" for one that has none, null for one that is not there. */
type ValueOf = (option: string) => string | null;

function valueAfter(words: readonly string[], option: string): string | null {
  const at = words.indexOf(option);
  return at < 0 ? null : (words[at + 1] ?? '');
}

const targets: Readonly<Record<string, (valueOf: ValueOf) => RuleStep[]>> = {
  DNAT: (valueOf) => translation('dnat', targetOf(valueOf('--to-destination') ?? '?')),
  SNAT: (valueOf) => translation('snat', targetOf(valueOf('--to-source') ?? '?')),
  REDIRECT: (valueOf) => translation('redirect', targetOf(portText(valueOf('--to-ports')))),
  MASQUERADE: () => translation('masquerade', targetOf('')),
  CT: (valueOf) => (valueOf('--notrack') === null ? [] : [{ kind: 'untrack' }]),
  MARK: (valueOf) => setMark('meta mark', 'meta mark', bitsOf(valueOf('--set-xmark'))),
  CONNMARK: connectionMark,
};

function portText(port: string | null): string {
  return port === null ? '' : `:${port}`;
}

function translation(kind: 'dnat' | 'snat' | 'redirect' | 'masquerade', to: Target): RuleStep[] {
  return [{ kind: 'translate', translation: { kind, to } }];
}

/** Where only some bits are saved or restored, those of two marks are mixed: that is not followed. */
function connectionMark(valueOf: ValueOf): RuleStep[] {
  const isWhole = ['--nfmask', '--ctmask'].every(
    (option) => parseNumber(valueOf(option) ?? '0xffffffff') === 0xffffffff,
  );
  const bits = isWhole ? sameBits : null;
  if (valueOf('--restore-mark') !== null) {
    return setMark('meta mark', 'ct mark', bits);
  }
  return valueOf('--save-mark') === null
    ? setMark('ct mark', 'ct mark', bitsOf(valueOf('--set-xmark')))
    : setMark('ct mark', 'meta mark', bits);
}

/** "0x4000/0x4000": the bits of the mask are cleared, then those of the value flipped. */
function bitsOf(text: string | null): Bits | null {
  const [value, mask] = (text ?? '').split('/').map(parseNumber);
  return value === undefined || value === null ? null : { keep: ~(mask ?? 0xffffffff) >>> 0, flip: value };
}

function setMark(mark: MarkName, of: MarkName, bits: Bits | null): RuleStep[] {
  return [{ kind: 'mark', change: { mark, of: bits && of, bits: bits ?? sameBits } }];
}
