/** A node to reach, as chosen by a person or written on a command line. */
export type Target =
  | { readonly kind: 'local' }
  | { readonly kind: 'lab' }
  | { readonly kind: 'ssh'; readonly host: string; readonly user?: string; readonly port?: number }
  | { readonly kind: 'recording'; readonly path: string };
