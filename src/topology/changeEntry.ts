/** Pure: one line of a list of changes. Names in it are as the node said them: hostile until they are made fit to be shown. */

export type ChangeSubject =
  { readonly kind: 'namespace'; readonly id: string } | { readonly kind: 'link'; readonly id: string };

/** One line of a list of changes. */
export interface ChangeEntry {
  readonly change: 'added' | 'removed' | 'changed';
  /** "eth0 of web", "route default of web". */
  readonly what: string;
  /** "up → down"; for what came or went the facts one knows it by, or "". */
  readonly how: string;
  /** Learned from traffic by a neighbour table or a bridge: nobody did it. */
  readonly learned: boolean;
  /** The link or namespace that it is, or belongs to; null for the node as a whole. */
  readonly subject: ChangeSubject | null;
  /** True where it is the subject itself that came, went or changed. */
  readonly whole: boolean;
}

export const changeSigns = { added: '+', removed: '−', changed: '~' } as const;

/** "~ eth0 of web: up → down". */
export function changeLine({ change, what, how }: ChangeEntry): string {
  return `${changeSigns[change]} ${what}${how === '' ? '' : `: ${how}`}`;
}
