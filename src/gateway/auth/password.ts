/**
 * Passwords, kept as argon2id PHC strings.
 *
 * @module
 */

import { GatewayError } from "../../errors.ts";
import {
  PASSWORD_LENGTH_MIN,
  PASSWORD_QUEUE_MAX,
  PASSWORD_SIZE_MAX,
} from "../../limits.ts";
import {
  type PasswordAnswer,
  type PasswordTask,
  PHC_PARAMETERS,
} from "./password_task.ts";

const PREFIX = `$argon2id$v=19$m=${PHC_PARAMETERS.m},t=${PHC_PARAMETERS.t},` +
  `p=${PHC_PARAMETERS.p}$`;

/**
 * Matches no password that anybody knows. Verified for unknown users, so
 * that they take the same path and time as known ones.
 */
const NOBODY = PREFIX + "bmFsZ2F0ZS1ub2JvZHkhIQ$" +
  "EdbRZjyf9aQQjRtUhsNOjhzGCwFkFFTzGuIrEHIXsPI";

/** A password as it is hashed: NFC, since keyboards differ in composition. */
export function parsePassword(text: string): string {
  const password = text.normalize("NFC");
  if (new TextEncoder().encode(password).length > PASSWORD_SIZE_MAX) {
    throw new GatewayError("bad_request", {
      context: { field: "password", sizeMax: PASSWORD_SIZE_MAX },
    });
  }
  return password;
}

/** Whether a parsed password is good enough for a new one (NIST 800-63B). */
export function isGoodPassword(password: string): boolean {
  return [...password].length >= PASSWORD_LENGTH_MIN;
}

/** Whether a PHC string was made with other parameters than today's. */
export function needsRehash(phc: string): boolean {
  return !phc.startsWith(PREFIX);
}

interface Pending {
  readonly resolve: (answer: PasswordAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Hashes and verifies in a worker, one password after the other. */
export class Passwords implements Disposable {
  #worker: Worker | undefined;
  #lastId = 0;
  readonly #pending = new Map<number, Pending>();

  /** The PHC string of a parsed password. */
  async hash(password: string): Promise<string> {
    const answer = await this.#run({ password });
    if (!("phc" in answer)) throw new TypeError("Cannot hash a password");
    return answer.phc;
  }

  /** Whether a parsed password is the one; without a PHC string it never is. */
  async verify(password: string, phc: string | undefined): Promise<boolean> {
    const answer = await this.#run({ password, phc: phc ?? NOBODY });
    return phc !== undefined && "matches" in answer && answer.matches;
  }

  [Symbol.dispose](): void {
    this.#fail(new GatewayError("shutting_down"));
  }

  #run(task: Omit<PasswordTask, "id">): Promise<PasswordAnswer> {
    if (this.#pending.size >= PASSWORD_QUEUE_MAX) {
      throw new GatewayError("overloaded", { context: { queue: "password" } });
    }
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#started().postMessage({ ...task, id });
    });
  }

  #started(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(
      new URL("./password_worker.ts", import.meta.url),
      {
        type: "module",
        name: "password",
      },
    );
    worker.onmessage = ({ data }: MessageEvent<PasswordAnswer>) => {
      this.#pending.get(data.id)?.resolve(data);
      this.#pending.delete(data.id);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(new TypeError("The password worker has died"));
    };
    return this.#worker = worker;
  }

  /** Ends the worker; the next password starts another. */
  #fail(error: Error): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
