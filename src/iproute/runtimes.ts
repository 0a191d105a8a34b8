/** Container runtimes: what they call the containers of a node. Each is one command, and each may hang alone. */
import * as v from 'valibot';
import type { Transport } from '../transport/transport.ts';
import { describeError, PatchbayError } from '../util/errors.ts';
import { containerSchema, type ContainerRecord } from './records.ts';
import type { RuntimeRecord } from './snapshot.ts';

/** The command-line clients that are looked for, in the order in which they are believed. */
export const runtimeNames = ['podman', 'docker', 'crictl', 'nerdctl'] as const;
export type RuntimeName = (typeof runtimeNames)[number];

/** A client that does not answer within this is not waited for. */
const runtimeTimeoutMs = 2_000;

/** A client that failed is left alone for this long. */
const runtimeRestMs = 60_000;

interface RuntimeClient {
  /** Prints everything that `parse` needs, in one command. */
  readonly argv: readonly string[];
  readonly parse: (stdout: string) => ContainerRecord[];
}

const clients: Record<RuntimeName, RuntimeClient> = {
  podman: { argv: ['podman', 'ps', '--no-trunc', '--pod', '--format', 'json'], parse: parsePodman },
  docker: { argv: ['docker', 'ps', '--no-trunc', '--format', '{{json .}}'], parse: parseLines('docker') },
  crictl: {
    // The lists are one document each; a line between tells them apart.
    argv: ['sh', '-c', 'crictl pods -o json && echo "---" && crictl ps -o json'],
    parse: parseCrictl,
  },
  nerdctl: { argv: ['nerdctl', 'ps', '--no-trunc', '--format', '{{json .}}'], parse: parseLines('nerdctl') },
};

export interface RuntimeAnswers {
  readonly containers: readonly ContainerRecord[];
  readonly runtimes: readonly RuntimeRecord[];
}

/** The clients among `installed` that did not fail a short while ago. */
export function runtimesToAsk(
  installed: readonly string[],
  before: readonly RuntimeRecord[],
  now = Date.now(),
): RuntimeName[] {
  const resting = before.filter(
    ({ problem, askedAt }) => problem !== null && now - Date.parse(askedAt) < runtimeRestMs,
  );
  return runtimeNames.filter(
    (name) => installed.includes(name) && !resting.some((runtime) => runtime.name === name),
  );
}

/** Asks each client, all at once. Never rejects but with `cancelled` or `connection-lost`: a client's failure is its record's. */
export async function askRuntimes(
  transport: Transport,
  names: readonly RuntimeName[],
  signal?: AbortSignal,
): Promise<RuntimeAnswers> {
  const answers = await Promise.all(names.map((name) => askRuntime(transport, name, signal)));
  const containers = new Map<string, ContainerRecord>();
  for (const container of answers.flatMap((answer) => answer.containers)) {
    if (!containers.has(container.id)) {
      containers.set(container.id, container);
    }
  }
  return { containers: [...containers.values()], runtimes: answers.map(({ runtime }) => runtime) };
}

async function askRuntime(
  transport: Transport,
  name: RuntimeName,
  signal: AbortSignal | undefined,
): Promise<{ readonly containers: readonly ContainerRecord[]; readonly runtime: RuntimeRecord }> {
  const { argv, parse } = clients[name];
  const askedAt = new Date().toISOString();
  const failed = (problem: string) => ({ containers: [], runtime: { name, problem, askedAt } });
  try {
    const { stdout, stderr, exitCode } = await transport.exec(argv, {
      privileged: true,
      timeoutMs: runtimeTimeoutMs,
      ...(signal ? { signal } : {}),
    });
    if (exitCode !== 0) {
      return failed(lastLine(stderr) || `${name} ended with exit code ${exitCode ?? 'none'}.`);
    }
    return { containers: parse(stdout), runtime: { name, problem: null, askedAt } };
  } catch (error) {
    if (error instanceof PatchbayError && error.code === 'timed-out') {
      return failed(`${name} did not answer within ${runtimeTimeoutMs / 1000} s.`);
    }
    if (error instanceof PatchbayError) {
      throw error;
    }
    return failed(`${name} printed what we cannot read: ${describeError(error)}`);
  }
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}

/** What would bring the names of a runtime that did not answer. */
export function runtimeRemedy(name: RuntimeName): string {
  const remedies: Record<RuntimeName, string> = {
    podman: 'See what `podman ps` says on the node.',
    docker: 'Start docker (systemctl start docker), or see what `docker ps` says on the node.',
    crictl: 'Point crictl at the runtime (/etc/crictl.yaml), or see what `crictl pods` says on the node.',
    nerdctl: 'Start containerd, or see what `nerdctl ps` says on the node.',
  };
  return `${remedies[name]} It is asked again after ${runtimeRestMs / 1000} s.`;
}

/** Containers that fit; an odd one costs only itself. */
function wellFormed(candidates: readonly unknown[]): ContainerRecord[] {
  return candidates.flatMap((candidate) => {
    const result = v.safeParse(containerSchema, candidate);
    return result.success ? [result.output] : [];
  });
}

const text = v.fallback(v.string(), '');

const podmanSchema = v.array(
  v.looseObject({
    Id: text,
    Names: v.fallback(v.array(v.string()), []),
    Image: text,
    PodName: text,
    IsInfra: v.fallback(v.boolean(), false),
  }),
);

/** `podman ps --format json`: one array (podman: cmd/podman/containers/ps.go, libpod's ListContainer). */
export function parsePodman(stdout: string): ContainerRecord[] {
  const records = v.parse(podmanSchema, stdout.trim() === '' ? [] : JSON.parse(stdout));
  return wellFormed(
    records.map(({ Id, Names, Image, PodName, IsInfra }) => ({
      id: Id,
      runtime: 'podman',
      name: Names[0] ?? Id.slice(0, 12),
      image: Image === '' ? null : Image,
      infra: IsInfra,
      pod: PodName === '' ? null : { name: PodName, namespace: null },
    })),
  );
}

const dockerSchema = v.looseObject({ ID: text, Names: text, Image: text, Labels: text });

/** `docker ps --format '{{json .}}'`, and nerdctl's: one object a line (docker/cli: cli/command/formatter/container.go). */
export function parseLines(runtime: 'docker' | 'nerdctl'): (stdout: string) => ContainerRecord[] {
  return (stdout) => {
    const lines = stdout.split('\n').filter((line) => line.trim() !== '');
    return wellFormed(
      lines.map((line) => {
        const { ID, Names, Image, Labels } = v.parse(dockerSchema, JSON.parse(line));
        const label = (name: string): string | undefined =>
          new RegExp(`(?:^|,)io\\.kubernetes\\.${name}=([^,]*)`).exec(Labels)?.[1];
        const pod = label('pod\\.name');
        return {
          id: ID,
          runtime,
          name: Names.split(',')[0] ?? '',
          image: Image === '' ? null : Image,
          // The kubelet's name for a pod's own container, through dockershim or cri-dockerd.
          infra: Names.startsWith('k8s_POD_'),
          pod: pod === undefined ? null : { name: pod, namespace: label('pod\\.namespace') ?? null },
        };
      }),
    );
  };
}

const podMetadata = v.looseObject({ name: text, namespace: text });
const crictlPodsSchema = v.looseObject({
  items: v.array(v.looseObject({ id: text, state: text, metadata: podMetadata })),
});
const crictlContainersSchema = v.looseObject({
  containers: v.array(
    v.looseObject({
      id: text,
      podSandboxId: text,
      metadata: v.looseObject({ name: text }),
      image: v.fallback(v.looseObject({ image: text }), { image: '' }),
      imageRef: text,
    }),
  ),
});

/** `crictl pods -o json`, "---", `crictl ps -o json` (CRI: ListPodSandboxResponse, ListContainersResponse). */
export function parseCrictl(stdout: string): ContainerRecord[] {
  const [podsText = '', containersText = ''] = stdout.split(/^---$/m);
  const { items } = v.parse(crictlPodsSchema, JSON.parse(podsText));
  const { containers } = v.parse(crictlContainersSchema, JSON.parse(containersText));
  const pods = new Map(items.map(({ id, metadata: { name, namespace } }) => [id, { name, namespace }]));
  return wellFormed([
    // The sandbox's own process carries the sandbox's id in its cgroup.
    ...[...pods].map(([id, pod]) => ({
      id,
      runtime: 'cri',
      name: 'POD',
      image: null,
      infra: true,
      pod,
    })),
    ...containers.map(({ id, podSandboxId, metadata, image, imageRef }) => ({
      id,
      runtime: 'cri',
      name: metadata.name,
      image: image.image || imageRef || null,
      infra: false,
      pod: pods.get(podSandboxId) ?? null,
    })),
  ]);
}
