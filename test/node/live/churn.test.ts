import { Followed } from './follow.ts';
import { Churn } from './churn.ts';

/** PATCHBAY_CHURN_SECONDS=120 for the long run, PATCHBAY_CHURN_SEED for one that failed. */
const churnMs = Number(process.env['PATCHBAY_CHURN_SECONDS'] ?? 10) * 1_000;
const seed = Number(process.env['PATCHBAY_CHURN_SEED'] ?? Date.now() % 1_000_000);

describe('following a node in turmoil', () => {
  let node: Followed | undefined;

  afterEach(() => node?.dispose());

  it(`ends with the very topology of the node (seed ${seed})`, async function () {
    this.timeout(churnMs + 60_000);
    node = await Followed.start('ip link set lo up');
    const churn = new Churn(seed);
    let changes = 0;
    node.session.onDidChangeTopology(() => changes++);
    const deadline = performance.now() + churnMs;
    while (performance.now() < deadline) {
      await node.sh(churn.next());
    }
    console.log(
      `      ${churn.count} changes on the node, ${node.reads} reads, ${changes} changes of the topology`,
    );
    await node.sh(churn.rest());
    await node.converged().catch((error: unknown) => {
      console.log(`      PATCHBAY_CHURN_SEED=${seed}; the last changes:\n${churn.last.join('\n')}`);
      throw error;
    });
  });
});
