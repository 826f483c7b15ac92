import { ADDRESS_IN_USE } from "../supervisor/backoff.ts";
import type { Context } from "./command.ts";

/**
 * A server's address that somebody else has is no bug: one sentence, and the
 * exit code that the supervisor knows. Any other error goes on.
 */
export function addressInUse(
  error: unknown,
  { address, stderr }: { address: string; stderr: Context["stderr"] },
): number {
  const { code } = error as { code?: unknown };
  if (code !== "EADDRINUSE") throw error;
  stderr(`nalgate: ${address} is in use\n`);
  return ADDRESS_IN_USE;
}
