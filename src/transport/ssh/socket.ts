/** Opens the TCP connection under an SSH connection, and says in words why that failed. */
import { connect, type Socket } from 'node:net';
import { PatchbayError } from '../../util/errors.ts';

/** How long one of several addresses of a name may take before the next one is tried beside the wait. */
const nextAddressAfterMs = 3000;

/** Connects to `host`:`port`. Rejects with `unreachable`, `connection-refused`, or the reason of `signal`. */
export async function openSocket(
  host: string,
  port: number,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true, autoSelectFamilyAttemptTimeout: nextAddressAfterMs });
    const timer = setTimeout(() => fail(silent(host, port, timeoutMs)), timeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: Error): void => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(signal.reason as Error);
    const onError = (error: Error): void => fail(explainSocketError(error, host, port));
    signal.addEventListener('abort', onAbort);
    socket.once('error', onError);
    socket.once('connect', () => {
      settle();
      socket.off('error', onError);
      resolve(socket);
    });
  });
}

/** Says what a failed connection means: the system's error code in words, and what to look at. */
function explainSocketError(error: Error, host: string, port: number): PatchbayError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const more = { detail: error.message, cause: error };
  switch (code) {
    case 'ECONNREFUSED':
      return new PatchbayError('connection-refused', `${host} refuses connections on port ${port}.`, {
        ...more,
        hint: 'Check that an SSH server runs there and listens on this port.',
      });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new PatchbayError('unreachable', `The name ${host} cannot be resolved to an address.`, {
        ...more,
        hint: 'Check its spelling, your DNS and VPN, or give it a HostName in ~/.ssh/config.',
      });
    default:
      return new PatchbayError(
        'unreachable',
        `${host} port ${port} cannot be reached (${code || error.message}).`,
        {
          ...more,
          hint: 'Check the address, your network and VPN, and that the machine is up.',
        },
      );
  }
}

function silent(host: string, port: number, timeoutMs: number): PatchbayError {
  return new PatchbayError(
    'unreachable',
    `${host} port ${port} did not answer within ${timeoutMs / 1000} s.`,
    {
      hint: 'Check the address, the firewalls on the way, and that the machine is up.',
    },
  );
}
