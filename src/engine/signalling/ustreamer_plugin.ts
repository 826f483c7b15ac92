/**
 * The message table of `janus.plugin.ustreamer`: what a handle asks, and what
 * it is told.
 *
 * @module
 */

import {
  type Candidate,
  type Jsep,
  PLUGIN_ERROR,
  type PluginEvent,
  type PluginRequest,
} from "../../janus/message.ts";
import { parsePluginRequest } from "../../janus/plugin_request.ts";
import { PENDING_REQUESTS_MAX } from "../../limits.ts";
import type {
  SignallingStart,
  ToMedia,
  ToSignalling,
} from "../channel/messages.ts";
import type { Handle } from "./session.ts";

/** What the plugin needs. */
export interface PluginParts extends SignallingStart {
  readonly post: (message: ToMedia) => void;
}

/** A `message` of the core. */
export interface PluginMessage {
  readonly transaction: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly jsep: Jsep | undefined;
}

type FromMedia = Exclude<ToSignalling, SignallingStart>;
type OfMedia = Exclude<
  FromMedia,
  { readonly kind: "started" | "status" | "refused" }
>;

/** The plugin, for all handles. */
export class UstreamerPlugin {
  readonly #parts: PluginParts;
  /** Transactions that wait for the media half, by request number. */
  readonly #waiting = new Map<number, Map<number, string>>();
  /** Handles with media, or soon: the request number of their `watch`. */
  readonly #watching = new Map<number, number>();
  #requests = 0;

  constructor(parts: PluginParts) {
    this.#parts = parts;
  }

  /** Acts on a request; the answer is an event, now or later. */
  message(handle: Handle, message: PluginMessage): void {
    const request = parsePluginRequest(message.body);
    const { transaction } = message;
    if (request.request === "refused") {
      return this.#refuse(handle, transaction, request);
    }
    this.#act(handle, request, message);
  }

  /** Hands on the client's candidates. */
  trickle({ id }: Handle, candidates: readonly Candidate[]): void {
    for (const each of candidates) {
      const isLast = "completed" in each;
      this.#parts.post({
        kind: "candidate",
        handle: id,
        candidate: isLast ? undefined : each.candidate,
        mid: isLast ? "" : each.sdpMid ?? "",
      });
    }
  }

  /** Ends the handle's media; the client is told, as Janus does. */
  hangUp(handle: Handle, reason: string): void {
    this.#parts.post({ kind: "close", handle: handle.id });
    if (!this.#watching.delete(handle.id)) return;
    handle.session.sendEvent(handle, { janus: "hangup", reason });
  }

  /** The handle is gone. */
  detached({ id }: Handle): void {
    this.#waiting.delete(id);
    this.#watching.delete(id);
    this.#parts.post({ kind: "close", handle: id });
  }

  /** Takes what the media half says of a handle. */
  receive(handle: Handle, message: FromMedia): void {
    switch (message.kind) {
      case "started":
        return this.#answer(handle, message.request, STARTED);
      case "status":
        return this.#answer(handle, message.request, {
          ustreamer: "event",
          result: { status: "status", cameras: message.cameras },
        });
      case "refused":
        if (this.#isCurrent(handle, message.watch)) {
          this.#watching.delete(handle.id);
        }
        return this.#refuse(
          handle,
          this.#transaction(handle.id, message.request),
          message,
        );
    }
    // What an earlier peer has left behind would only confuse the client.
    if (this.#isCurrent(handle, message.watch)) this.#tell(handle, message);
  }

  #isCurrent({ id }: Handle, watch: number | undefined): boolean {
    return watch !== undefined && this.#watching.get(id) === watch;
  }

  /** What happens to a handle's media. */
  #tell(handle: Handle, message: OfMedia): void {
    const { session } = handle;
    switch (message.kind) {
      case "described":
        return this.#answer(handle, message.watch, STARTED, message.jsep);
      case "candidate":
        return session.sendEvent(handle, {
          janus: "trickle",
          candidate: message.candidate === undefined ? { completed: true } : {
            sdpMid: message.mid,
            sdpMLineIndex: 0,
            candidate: message.candidate,
          },
        });
      case "up":
        return session.sendEvent(handle, { janus: "webrtcup" });
      case "slow":
        return session.sendEvent(handle, {
          janus: "slowlink",
          mid: message.mid,
          media: "video",
          uplink: false,
          lost: message.lost,
        });
      case "hangup":
        this.#watching.delete(handle.id);
        return session.sendEvent(handle, {
          janus: "hangup",
          reason: message.reason,
        });
    }
  }

  #act(
    handle: Handle,
    request: PluginRequest,
    { transaction, jsep }: PluginMessage,
  ): void {
    const { post, iceUrl } = this.#parts;
    const { id } = handle;
    switch (request.request) {
      case "watch": {
        if (jsep?.type === "answer") {
          const error = "Cannot watch with an answer";
          const { badRequest: code } = PLUGIN_ERROR;
          return this.#refuse(handle, transaction, { code, error });
        }
        const number = this.#wait(id, transaction);
        this.#watching.set(id, number);
        return post({
          kind: "watch",
          handle: id,
          request: number,
          camera: request.id,
          orientation: request.params?.orientation ?? 0,
          offer: jsep,
        });
      }
      case "start":
        if (jsep?.type !== "answer") {
          post({ kind: "pause", handle: id, paused: false });
          return this.#say(handle, transaction, STARTED);
        }
        return post({
          kind: "answer",
          handle: id,
          request: this.#wait(id, transaction),
          sdp: jsep.sdp,
        });
      case "stop":
        post({ kind: "pause", handle: id, paused: true });
        return this.#say(handle, transaction, STOPPED);
      case "features":
        return this.#say(handle, transaction, {
          ustreamer: "event",
          result: {
            status: "features",
            features: { audio: false, mic: false, ice: { url: iceUrl } },
          },
        });
      case "key_required":
        // As in µStreamer: nothing is answered.
        return post({ kind: "key_frame", handle: id });
      case "status":
        return post({
          kind: "status",
          handle: id,
          request: this.#wait(id, transaction),
        });
    }
  }

  /** Notes a transaction to be answered later. */
  #wait(handle: number, transaction: string): number {
    let waiting = this.#waiting.get(handle);
    if (waiting === undefined) {
      waiting = new Map();
      this.#waiting.set(handle, waiting);
    }
    if (waiting.size >= PENDING_REQUESTS_MAX) {
      const [oldest] = waiting.keys();
      waiting.delete(oldest ?? 0);
    }
    const request = ++this.#requests;
    waiting.set(request, transaction);
    return request;
  }

  #transaction(handle: number, request: number): string | undefined {
    const waiting = this.#waiting.get(handle);
    const transaction = waiting?.get(request);
    waiting?.delete(request);
    return transaction;
  }

  #answer(
    handle: Handle,
    request: number,
    data: PluginEvent,
    jsep?: Jsep,
  ): void {
    const transaction = this.#transaction(handle.id, request);
    handle.session.sendPluginEvent(handle, { data, transaction, jsep });
  }

  #say(handle: Handle, transaction: string, data: PluginEvent): void {
    handle.session.sendPluginEvent(handle, { data, transaction });
  }

  #refuse(
    handle: Handle,
    transaction: string | undefined,
    { code, error, reason }: {
      readonly code: number;
      readonly error: string;
      readonly reason?: string;
    },
  ): void {
    const data: PluginEvent = {
      ustreamer: "event",
      "error_code": code,
      error,
      ...(reason !== undefined && { reason }),
    };
    handle.session.sendPluginEvent(handle, { data, transaction });
  }
}

const STARTED: PluginEvent = {
  ustreamer: "event",
  result: { status: "started" },
};

const STOPPED: PluginEvent = {
  ustreamer: "event",
  result: { status: "stopped" },
};
