import * as vscode from 'vscode';
import { parseProbeOptions, probeOf, type ProbeWish } from '../trace/probe.ts';
import { describeError } from '../util/errors.ts';
import { askPick, askSteps, askText, type Answer } from '../views/quickInput.ts';
import { messageText } from '../views/text.ts';

const { t } = vscode.l10n;

type Kind = 'ping' | 'options' | 'tcp' | 'udp';

interface Draft {
  readonly kind: Kind | undefined;
  readonly wish: ProbeWish | undefined;
}

/** Asks what to send; undefined when given up. */
export async function askProbe(): Promise<ProbeWish | undefined> {
  const draft = await askSteps<Draft>({ kind: undefined, wish: undefined }, [
    () => askKind(),
    ({ kind }) => (kind === undefined || kind === 'ping' ? null : askDetails(kind)),
  ]);
  return draft?.kind === 'ping' ? { kind: 'icmp' } : draft?.wish;
}

async function askKind(): Promise<Answer<Draft>> {
  const answer = await askPick<Kind>({
    title: t('Trace Packet'),
    step: 1,
    steps: 2,
    placeholder: t('What to send?'),
    choices: [
      { label: `$(pulse) ${t('Ping')}`, description: t('one ICMP echo request'), value: 'ping' },
      {
        label: `$(settings) ${t('Ping with options…')}`,
        description: t('size, no fragments, count, interval, TTL'),
        value: 'options',
      },
      { label: `$(plug) ${t('TCP connection…')}`, description: t('to a port'), value: 'tcp' },
      { label: `$(mail) ${t('UDP datagram…')}`, description: t('to a port'), value: 'udp' },
    ],
  });
  return answer === undefined || answer === 'back'
    ? answer
    : { value: { kind: answer.value, wish: undefined } };
}

async function askDetails(kind: Exclude<Kind, 'ping'>): Promise<Answer<Draft>> {
  const read = (text: string): ProbeWish =>
    kind === 'options' ? parseProbeOptions(text) : { kind, port: Number(text) };
  const answer = await askText({
    title: t('Trace Packet'),
    step: 2,
    steps: 2,
    prompt:
      kind === 'options'
        ? t('Options as on the command line: --size BYTES --df --count N --interval SECONDS --ttl HOPS')
        : t('Port of the destination'),
    value: kind === 'options' ? '--size 1472 --df' : kind === 'tcp' ? '80' : '53',
    validate: (text) => problemWith(() => probeOf(read(text))),
  });
  return answer === undefined || answer === 'back' ? answer : { value: { kind, wish: read(answer.value) } };
}

function problemWith(check: () => unknown): string | null {
  try {
    check();
    return null;
  } catch (error) {
    return messageText(describeError(error));
  }
}
