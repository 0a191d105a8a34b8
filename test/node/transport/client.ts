/** A client to be killed: connects to a server, starts one command there, and stays. */
import { connectTo, type SshdAddress } from '../support/sshd.ts';

const [sshd, argv] = JSON.parse(process.argv[2] ?? '') as [SshdAddress, string[]];
const transport = await connectTo(sshd);
await transport.spawn(argv);
