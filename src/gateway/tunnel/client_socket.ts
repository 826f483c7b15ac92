/**
 * A client's WebSocket with its bounds: how much may wait to be sent, how
 * long it may be silent, how long it may take to close.
 *
 * @module
 */

// @ts-types="@types/ws"
import type { WebSocket } from "ws";
import type { GatewayError } from "../../errors.ts";
import {
  CLIENT_BUFFERED_MAX,
  CLIENT_CLOSE_TIMEOUT_MS,
  CLIENT_PING_INTERVAL_MS,
  PINGS_MISSED_MAX,
  TICK_MS,
} from "../../limits.ts";

const PING_TICKS = CLIENT_PING_INTERVAL_MS / TICK_MS;

/** The sending half of a client's WebSocket. Has no timer of its own. */
export class ClientSocket {
  readonly #socket: WebSocket;
  /** Thousands may have come at the same moment: they are not pinged so. */
  #ticks = Math.floor(Math.random() * PING_TICKS);
  #closingAtTick: number | undefined;
  #pingsMissed = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("pong", () => this.sawLife());
  }

  /** False if the client does not read what it is sent. */
  send(message: unknown): boolean {
    if (this.#socket.bufferedAmount > CLIENT_BUFFERED_MAX) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** The client has sent something. */
  sawLife(): void {
    this.#pingsMissed = 0;
  }

  close(error: GatewayError): void {
    this.expectClose();
    this.#socket.close(error.face.close, error.face.text);
  }

  /** Cuts the socket unless it is closed soon. */
  expectClose(): void {
    this.#closingAtTick = this.#ticks;
  }

  /** To be called once per `TICK_MS`. */
  tick(): void {
    this.#ticks++;
    if (this.#closingAtTick !== undefined) {
      const waitedMs = (this.#ticks - this.#closingAtTick) * TICK_MS;
      if (waitedMs >= CLIENT_CLOSE_TIMEOUT_MS) this.#socket.terminate();
    } else if (this.#ticks % PING_TICKS === 0) {
      this.#ping();
    }
  }

  /** Counts pings instead of time: a stalled event loop is not a dead peer. */
  #ping(): void {
    if (this.#pingsMissed >= PINGS_MISSED_MAX) {
      this.#socket.terminate();
    } else {
      this.#pingsMissed++;
      this.#socket.ping();
    }
  }
}
