/**
 * Notices when the server has gone deaf, and opens its ears again.
 *
 * A process that has run out of files cannot take a connection. Deno 2.9.6
 * then never takes another one, without a word, even when there are files
 * again. So now and then somebody calls: we ourselves, unless others did.
 *
 * @module
 */

import type { Server } from "node:http";
import { connect } from "node:net";
import type { Address } from "../config/config.ts";
import { HEARING_CHECK_INTERVAL_MS, HEARING_TIMEOUT_MS } from "../limits.ts";
import type { Logger } from "../log.ts";

/** Keeps a listening server listening, until disposed of. */
export class Ear implements Disposable {
  readonly #http: Server;
  readonly #address: Address;
  readonly #log: Logger;
  readonly #timer: ReturnType<typeof setInterval>;
  #timeout: ReturnType<typeof setTimeout> | undefined;
  #heard = 0;

  constructor(
    http: Server,
    { address, log, intervalMs = HEARING_CHECK_INTERVAL_MS }: {
      address: Address;
      log: Logger;
      intervalMs?: number;
    },
  ) {
    this.#http = http;
    this.#address = address;
    this.#log = log;
    const hear = () => void this.#heard++;
    http.on("connection", hear);
    // One over the limit is heard, too.
    http.on("drop", hear);
    http.on(
      "error",
      ({ message }) => log.error("cannot listen", { reason: message }),
    );
    this.#timer = setInterval(() => this.#check(), intervalMs);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    clearTimeout(this.#timeout);
  }

  #check(): void {
    const before = this.#heard;
    this.#heard = 0;
    if (before > 0) return;
    const { hostname, port } = this.#address;
    const call = connect(port, hostname);
    // No files to call with, or not allowed to: that tells nothing.
    call.once("error", () => clearTimeout(this.#timeout));
    this.#timeout = setTimeout(() => {
      call.destroy();
      if (this.#heard === 0) this.#listenAgain();
    }, HEARING_TIMEOUT_MS);
  }

  /** Who is connected stays. */
  #listenAgain(): void {
    const { hostname, port } = this.#address;
    this.#log.error("listening anew", {
      reason: "no connection was taken: out of files?",
    });
    this.#http.close();
    // As before: a successor must be able to listen beside it.
    this.#http.listen({ host: hostname, port, reusePort: true });
  }
}
