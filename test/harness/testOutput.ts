/**
 * Carries what a test run prints inside an extension host to the program that started VS Code: in a browser,
 * an extension host has no stdout of its own.
 */
import { createServer, type Socket } from 'node:net';

/** Names the socket in the extension host's environment; absent where stdout does the job. */
export const testOutputVariable = 'PATCHBAY_TEST_OUTPUT';

export interface TestOutputListener {
  /** Whether anybody has ever written. */
  readonly used: boolean;
  /** Resolves when every writer has hung up, so that nothing it wrote is lost. */
  drained(): Promise<void>;
  close(): void;
}

/** Listens on a Unix socket and passes on what is written to it. */
export async function listenForTestOutput(
  socketPath: string,
  write: (chunk: Buffer) => void,
): Promise<TestOutputListener> {
  const sockets = new Map<Socket, Promise<void>>();
  let used = false;
  const server = createServer((socket) => {
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    sockets.set(socket, closed);
    socket
      .on('error', () => undefined)
      .on('data', (chunk: Buffer) => {
        used = true;
        write(chunk);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(socketPath, resolve);
  });
  return {
    get used() {
      return used;
    },
    drained: async () => {
      await Promise.all(sockets.values());
    },
    close: () => {
      server.close();
      for (const socket of sockets.keys()) {
        socket.destroy();
      }
    },
  };
}
