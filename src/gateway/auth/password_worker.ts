/**
 * Hashes passwords away from the main thread: one hash takes about 100 ms,
 * in which the gateway could answer nobody.
 *
 * @module
 */

import { argon2id, argon2Verify, bcryptVerify } from "hash-wasm";
import { BCRYPT_COST_MAX } from "../../limits.ts";
import {
  bcryptCost,
  type PasswordAnswer,
  type PasswordTask,
  PHC_PARAMETERS,
} from "./password_task.ts";

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<PasswordTask>) => void;
  postMessage: (answer: PasswordAnswer) => void;
};

scope.onmessage = async ({ data: task }) => {
  const { id, password, phc } = task;
  try {
    if (phc === undefined) {
      scope.postMessage({ id, phc: await hash(password) });
    } else {
      scope.postMessage({ id, matches: await matches(password, phc) });
    }
  } catch {
    // A damaged PHC string; its text must not travel.
    scope.postMessage({ id, failed: true });
  }
};

/**
 * bcrypt reads 72 bytes and repeats a shorter password after a NUL: whatever
 * it cannot tell from another password does not match.
 */
async function matches(password: string, hash: string): Promise<boolean> {
  const cost = bcryptCost(hash);
  if (cost === undefined) return await argon2Verify({ password, hash });
  const { length } = new TextEncoder().encode(password);
  return cost <= BCRYPT_COST_MAX && length <= 72 && !password.includes("\0") &&
    await bcryptVerify({ password, hash });
}

function hash(password: string): Promise<string> {
  return argon2id({
    password,
    salt: crypto.getRandomValues(new Uint8Array(16)),
    memorySize: PHC_PARAMETERS.m,
    iterations: PHC_PARAMETERS.t,
    parallelism: PHC_PARAMETERS.p,
    hashLength: 32,
    outputType: "encoded",
  });
}
