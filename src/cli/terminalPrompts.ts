import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { SshPrompts } from '../transport/ssh/prompts.ts';

/** Asks on the terminal, through standard error; without a terminal every question is answered with no. */
export function terminalPrompts(): SshPrompts {
  return {
    confirmHostKey: async ({ host, port, keyType, fingerprint }) => {
      process.stderr.write(`The key of ${host}:${port} is not known.\n${keyType} ${fingerprint}\n`);
      const answer = await ask('Connect, and remember the key? (yes/once/no) ', false);
      return answer === 'yes' ? 'save' : answer === 'once' ? 'once' : 'no';
    },
    passphrase: (keyPath) => ask(`Passphrase of ${keyPath}: `, true),
    password: (who) => ask(`Password of ${who}: `, true),
    keyboardInteractive: async (prompts) => {
      const answers: string[] = [];
      for (const { prompt, echo } of prompts) {
        const answer = await ask(prompt, !echo);
        if (answer === undefined) {
          return undefined;
        }
        answers.push(answer);
      }
      return answers;
    },
  };
}

/** One line from the terminal; undefined where there is none. `secret` keeps what is typed off the screen. */
async function ask(question: string, secret: boolean): Promise<string | undefined> {
  if (!process.stdin.isTTY) {
    return undefined;
  }
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({
    input: process.stdin,
    output: secret ? silent : process.stderr,
    terminal: true,
  });
  try {
    return await terminal.question('');
  } finally {
    terminal.close();
    if (secret) {
      process.stderr.write('\n');
    }
  }
}
