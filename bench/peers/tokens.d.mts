/** Chooses classes of the logits that it was made for: k of each row in order, or a token of each. */
export interface Chooser {
  choose: () => Promise<ArrayLike<number | bigint>>;
  free: () => unknown;
}

export interface TokenPeer {
  readonly name: string;
  readonly version: string;
  readonly topK?: (x: Float32Array, dims: readonly [number, number], k: number) => Chooser | Promise<Chooser>;
  readonly sample?: (
    x: Float32Array,
    dims: readonly [number, number],
    k: number,
    temperature: number,
  ) => Chooser | Promise<Chooser>;
}

export function loadTokenPeers(): Promise<readonly TokenPeer[]>;
