/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// The Janus API's fields keep the wire's spelling here, as in `src/janus`.
// deno-lint-ignore-file camelcase

/**
 * One session with one plugin handle, over a WebSocket of its own: just what
 * a viewer needs of the Janus API.
 *
 * @module
 */

import { CLOSE_FOLLOWS_MS, KEEPALIVE_MS } from "./bounds.ts";
import type { EndCause } from "./end_cause.ts";
import type { IceFeatures } from "./relay.ts";

const SUBPROTOCOL = "janus-protocol";
const PLUGIN = "janus.plugin.ustreamer";

/** The `body` of a message to the plugin. */
export interface PluginBody {
  readonly request: "watch" | "start" | "features" | "key_required";
}

/** What the plugin says: the `data` of its event. */
export interface PluginData {
  readonly error_code?: number;
  readonly error?: string;
  readonly reason?: string;
  readonly result?: {
    readonly status?: string;
    readonly features?: { readonly ice?: IceFeatures };
  };
}

/** Where a handle reports to. After `ended` nothing more comes. */
export interface HandleEvents {
  attached(): void;
  /** @param request what it answers, if it answers anything */
  event(
    request: string,
    data: PluginData,
    jsep?: RTCSessionDescriptionInit,
  ): void;
  /** None: there are no more. */
  candidate(candidate: RTCIceCandidateInit | undefined): void;
  ended(cause: EndCause): void;
}

/** What the server sends; checked only as far as it is used. */
interface Incoming {
  readonly janus?: string;
  readonly transaction?: string;
  readonly data?: { readonly id?: number };
  readonly error?: { readonly code?: number; readonly reason?: string };
  readonly plugindata?: { readonly data?: PluginData };
  readonly jsep?: RTCSessionDescriptionInit;
  readonly candidate?: RTCIceCandidateInit & { readonly completed?: boolean };
  readonly reason?: string;
}

/** A plugin handle that is being attached, attached, or ended. */
export class JanusHandle {
  readonly #events: HandleEvents;
  readonly #socket: WebSocket;
  #wasOpen = false;
  #isEnded = false;
  #sessionId: number | undefined;
  #handleId: number | undefined;
  #transactionCount = 0;
  #keepalive: ReturnType<typeof setInterval> | undefined;
  #ending: ReturnType<typeof setTimeout> | undefined;

  constructor(url: string | URL, events: HandleEvents) {
    this.#events = events;
    this.#socket = new WebSocket(url, SUBPROTOCOL);
    this.#socket.onopen = () => {
      this.#wasOpen = true;
      this.#send("create");
    };
    this.#socket.onmessage = ({ data }) => this.#receive(data);
    this.#socket.onclose = ({ code, reason }) =>
      this.#end({ kind: "closed", code, reason, wasOpen: this.#wasOpen });
  }

  /** Sends a request to the plugin. */
  message(body: PluginBody, jsep?: RTCSessionDescriptionInit): void {
    const { request } = body;
    this.#send("message", { body, ...(jsep && { jsep }) }, request);
  }

  /** Tells the server of a candidate of ours; none: there are no more. */
  trickle(candidate: RTCIceCandidateInit | undefined): void {
    this.#send("trickle", { candidate: candidate ?? { completed: true } });
  }

  /** Ends session and socket; no event follows. */
  close(): void {
    this.#isEnded = true;
    this.#stopTimers();
    if (this.#sessionId !== undefined) this.#send("destroy");
    const socket = this.#socket;
    // Browsers complain on the console of a socket closed while it dials.
    if (socket.readyState === WebSocket.CONNECTING) {
      socket.onopen = () => socket.close(1000);
    } else socket.close(1000);
  }

  #end(cause: EndCause): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#stopTimers();
    this.#events.ended(cause);
  }

  /** The gateway closes right after; its close code says more than this. */
  #endSoon(cause: EndCause): void {
    this.#ending ??= setTimeout(() => this.#end(cause), CLOSE_FOLLOWS_MS);
  }

  #stopTimers(): void {
    clearInterval(this.#keepalive);
    clearTimeout(this.#ending);
  }

  /** The transaction names the request, so that its answer does too. */
  #send(janus: string, fields: object = {}, request = janus): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#transactionCount++;
    this.#socket.send(JSON.stringify({
      janus,
      transaction: `${request}-${this.#transactionCount}`,
      ...(this.#sessionId && { session_id: this.#sessionId }),
      ...(this.#handleId && janus !== "keepalive" && janus !== "destroy" &&
        { handle_id: this.#handleId }),
      ...fields,
    }));
  }

  #receive(text: unknown): void {
    if (this.#isEnded) return;
    const incoming = parse(text);
    const request = incoming.transaction?.split("-")[0] ?? "";
    switch (incoming.janus) {
      case "success":
        return this.#succeed(request, incoming.data?.id);
      case "error":
        return this.#refuse(request, incoming.error);
      case "event":
        return this.#events.event(
          request,
          incoming.plugindata?.data ?? {},
          incoming.jsep,
        );
      case "trickle":
        return this.#events.candidate(
          incoming.candidate?.completed ? undefined : incoming.candidate,
        );
      case "hangup":
      case "detached":
      case "timeout":
        return this.#endSoon({
          kind: "hangup",
          reason: incoming.reason ?? "",
        });
    }
  }

  #succeed(request: string, id: number | undefined): void {
    if (request === "create" && id !== undefined) {
      this.#sessionId = id;
      this.#keepalive = setInterval(
        () => this.#send("keepalive"),
        KEEPALIVE_MS,
      );
      this.#send("attach", { plugin: PLUGIN });
    } else if (request === "attach" && id !== undefined) {
      this.#handleId = id;
      this.#events.attached();
    }
  }

  #refuse(request: string, error: Incoming["error"]): void {
    // One candidate more or less does not end a stream.
    if (request === "trickle") return;
    const { code = 0, reason = "" } = error ?? {};
    this.#endSoon({ kind: "refused", code, text: reason });
  }
}

/** What cannot be read says nothing. */
function parse(text: unknown): Incoming {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
