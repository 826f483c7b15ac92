/**
 * Asks a TURN server (RFC 8656) for what a browser would ask it for, over
 * UDP, TCP or TLS.
 *
 * @module
 */

import { deadline } from "@std/async/deadline";
import { createHash } from "node:crypto";
import { createSocket } from "node:dgram";
import { isLoopback } from "../../gateway/auth/addresses.ts";
import { STUN_RESEND_MS, STUN_TIMEOUT_MS } from "../../limits.ts";
import {
  ATTRIBUTE,
  type Attribute,
  METHOD,
  parseStunResponse,
  stunRequest,
  type StunResponse,
  stunSize,
  xorAddress,
} from "./stun.ts";

/** Where a `stun:` or `turn:` URI points (RFC 7064, RFC 7065). */
export interface TurnPlace {
  readonly hostname: string;
  readonly port: number;
  readonly transport: "udp" | "tcp" | "tls";
}

const URI = /^(stun|turn)(s?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?.*)?$/;

/** Reads a URI that the configuration has let pass. */
export function turnPlace(uri: string): TurnPlace | undefined {
  const [, , secure, host = "", port] = URI.exec(uri) ?? [];
  if (secure === undefined) return undefined;
  const isTcp = uri.endsWith("?transport=tcp");
  return {
    hostname: host.replace(/^\[|\]$/g, ""),
    port: Number(port ?? (secure === "s" ? 5349 : 3478)),
    transport: secure === "s" ? "tls" : isTcp ? "tcp" : "udp",
  };
}

/** Bytes to the server; what comes back goes to `take`. */
interface Wire extends Disposable {
  readonly send: (message: Uint8Array) => void;
}

const UDP_OVER_RELAY = Uint8Array.of(17, 0, 0, 0);

/** One conversation. An answer is an error code, 0 for success. */
export class TurnClient implements Disposable {
  readonly #wire: Wire;
  readonly #isReliable: boolean;
  #take: ((response: StunResponse) => void) | undefined;
  #key: Uint8Array | undefined;
  #credentials: readonly Attribute[] = [];
  #isOpen = false;

  private constructor(place: TurnPlace, dial: (take: Take) => Wire) {
    this.#isReliable = place.transport !== "udp";
    this.#wire = dial((message) => {
      const response = parseStunResponse(message);
      if (response !== undefined) this.#take?.(response);
    });
  }

  /** Rejects if the server cannot be reached by TCP or TLS. */
  static async dial(place: TurnPlace): Promise<TurnClient> {
    const { transport } = place;
    if (transport === "udp") {
      return new TurnClient(place, (take) => udpWire(place, take));
    }
    const { hostname, port } = place;
    const dialled: Promise<Deno.Conn> = transport === "tls"
      ? Deno.connectTls({ hostname, port })
      : Deno.connect({ hostname, port });
    const connection = await deadline(dialled, STUN_TIMEOUT_MS);
    return new TurnClient(place, (take) => streamWire(connection, take));
  }

  /** Whether it has relayed for a stranger. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether anybody speaks STUN there. */
  async binding(): Promise<number> {
    return (await this.#ask(METHOD.binding)).errorCode;
  }

  /** Asks for a relayed address, at first without credentials as all do. */
  async allocate(
    { username, credential }: { username: string; credential: string },
  ): Promise<number> {
    const transport: Attribute = [ATTRIBUTE.requestedTransport, UDP_OVER_RELAY];
    const asked = await this.#ask(METHOD.allocate, [transport]);
    const realm = asked.attributes.get(ATTRIBUTE.realm);
    const nonce = asked.attributes.get(ATTRIBUTE.nonce);
    if (realm === undefined || nonce === undefined) {
      this.#isOpen = asked.errorCode === 0;
      return asked.errorCode;
    }
    const text = `${username}:${new TextDecoder().decode(realm)}:${credential}`;
    // RFC 8489 section 9.2.2.
    this.#key = createHash("md5").update(text).digest();
    this.#credentials = [
      [ATTRIBUTE.username, new TextEncoder().encode(username)],
      [ATTRIBUTE.realm, realm],
      [ATTRIBUTE.nonce, nonce],
    ];
    return (await this.#ask(METHOD.allocate, [transport])).errorCode;
  }

  /** Whether the relay would send to that peer; nothing is sent. */
  async permit(peer: string): Promise<number> {
    const attribute: Attribute = [
      ATTRIBUTE.xorPeerAddress,
      xorAddress(peer, 9),
    ];
    return (await this.#ask(METHOD.createPermission, [attribute])).errorCode;
  }

  /** Gives the relayed address back. */
  async release(): Promise<number> {
    const none: Attribute = [ATTRIBUTE.lifetime, new Uint8Array(4)];
    return (await this.#ask(METHOD.refresh, [none])).errorCode;
  }

  [Symbol.dispose](): void {
    this.#wire[Symbol.dispose]();
  }

  async #ask(
    method: number,
    attributes: readonly Attribute[] = [],
  ): Promise<StunResponse> {
    const id = crypto.getRandomValues(new Uint8Array(12));
    const message = stunRequest(method, {
      id,
      attributes: [...attributes, ...this.#credentials],
      key: this.#key,
    });
    const { promise, resolve, reject } = Promise.withResolvers<StunResponse>();
    this.#take = (response) => {
      if (response.id.every((byte, at) => byte === id[at])) resolve(response);
    };
    const late = setTimeout(
      () => reject(new TypeError("no answer")),
      STUN_TIMEOUT_MS,
    );
    const again = setInterval(() => {
      if (!this.#isReliable) this.#wire.send(message);
    }, STUN_RESEND_MS);
    this.#wire.send(message);
    try {
      return await promise;
    } finally {
      clearTimeout(late);
      clearInterval(again);
    }
  }
}

type Take = (message: Uint8Array) => void;

function udpWire({ hostname, port }: TurnPlace, take: Take): Wire {
  const socket = createSocket(hostname.includes(":") ? "udp6" : "udp4");
  // What does not arrive is not answered, and noticed by that.
  socket.on("error", () => {});
  socket.on("message", (message) => take(new Uint8Array(message)));
  // A server on loopback is asked from there.
  if (isLoopback(hostname)) socket.bind({ address: hostname });
  return {
    send: (message) => socket.send(message, port, hostname, () => {}),
    [Symbol.dispose]: () => void socket.close(),
  };
}

function streamWire(connection: Deno.Conn, take: Take): Wire {
  const read = async () => {
    let bytes = new Uint8Array();
    for await (const chunk of connection.readable) {
      bytes = Uint8Array.of(...bytes, ...chunk);
      for (;;) {
        const size = stunSize(bytes);
        if (size === undefined || bytes.length < size) break;
        take(bytes.subarray(0, size));
        bytes = bytes.slice(size);
      }
    }
  };
  read().catch(() => {});
  const writer = connection.writable.getWriter();
  return {
    send: (message) => void writer.write(message.slice()).catch(() => {}),
    [Symbol.dispose]: () => {
      try {
        connection.close();
      } catch {
        // The server has closed it already.
      }
    },
  };
}
