/**
 * Ids that the gateway gives to clients.
 *
 * @module
 */

/** A random safe integer above 0: Janus's clients want a number. */
export function randomId(): number {
  const [low = 0, high = 0] = crypto.getRandomValues(new Uint32Array(2));
  // 21 + 32 bits. Guessing one is of no use, since ids belong to one socket.
  return (high & 0x1f_ffff) * 2 ** 32 + low || randomId();
}
