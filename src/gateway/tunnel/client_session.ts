/**
 * One client's session: the allow-list, and the map between the ids and
 * transactions of the client and those of the upstream.
 *
 * A client's message is never passed on. What it asks for is parsed, judged,
 * and asked again in our own words; so nothing that is not named here can
 * reach the upstream.
 *
 * @module
 */

import { GatewayError } from "../../errors.ts";
import { HANDLES_PER_SESSION_MAX } from "../../limits.ts";
import { JANUS_ERROR, type JanusResponse } from "../../janus/message.ts";
import type { ParsedRequest } from "../../janus/request.ts";
import {
  ackMessage,
  errorMessage,
  hangupMessage,
  pluginErrorData,
  pluginEventMessage,
  readdressedMessage,
  successMessage,
} from "../../janus/response.ts";
import type { JanusSession, RequestFields } from "../../janus/session.ts";
import type { AddressPolicy } from "./address.ts";
import type { TunnelCounters } from "./counters.ts";
import { messageFields, trickleFields } from "./handle_fields.ts";
import { type Handle, Handles } from "./handles.ts";
import { randomId } from "./random_id.ts";
import { rebuildMessage } from "./viewer_message.ts";

type RequestOf<V> = Extract<ParsedRequest, { readonly verb: V }>;

/** What a client may ask of its session. */
export type SessionRequest = RequestOf<
  | "keepalive"
  | "destroy"
  | "attach"
  | "message"
  | "trickle"
  | "hangup"
  | "detach"
>;

type HandleRequest = RequestOf<"message" | "trickle" | "hangup" | "detach">;

/** What a session is made of. */
export interface ClientSessionParts {
  readonly upstream: JanusSession;
  readonly plugin: string;
  /** The camera's id in `watch`. */
  readonly cameraId: string | undefined;
  readonly addresses: AddressPolicy;
  readonly counters: TunnelCounters;
  readonly send: (message: JanusResponse) => void;
  readonly onViewing: (active: boolean, end?: string) => void;
  /** What becomes of the plugin's answer to `features`. */
  readonly features: (reply: JanusResponse) => JanusResponse;
}

/** A session as one client knows it. */
export class ClientSession {
  /** Given to this client, and meaningless on any other socket. */
  readonly id = randomId();
  readonly #parts: ClientSessionParts;
  readonly #handles = new Handles();
  #attaching = 0;
  #ended = false;

  constructor(parts: ClientSessionParts) {
    this.#parts = parts;
  }

  /** Acts upon a request that names this session. */
  receive(request: SessionRequest): void {
    switch (request.verb) {
      case "keepalive":
        // Our own keepalive is what counts upstream; see JanusClient.
        return this.#parts.send(ackMessage(this.#to(request)));
      case "destroy":
        this.#parts.send(successMessage(this.#to(request)));
        return this.destroy();
      case "attach":
        return this.#attach(request);
      default:
        return this.#receiveForHandle(request);
    }
  }

  /** Passes on what the upstream says without having been asked. */
  deliver(event: JanusResponse): void {
    const handle = this.#handles.ofUpstream(event.sender);
    // Without a sender it is about the session; with a stranger's it is late.
    if (event.sender !== undefined && handle === undefined) return;
    this.#parts.send(
      readdressedMessage(event, { sessionId: this.id, sender: handle?.id }),
    );
    if (handle !== undefined) this.#track(handle, event);
  }

  /** Tells the client that the media of its handles has ended. */
  hangUp(reason: string): void {
    for (const { id } of this.#handles) {
      this.#parts.send(hangupMessage(this.id, id, reason));
    }
  }

  /** Ends the session upstream too, and with it all media. */
  destroy(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.upstream.destroy();
    this.#parts.onViewing(false);
  }

  #receiveForHandle(request: HandleRequest): void {
    const handle = this.#handles.ofClient(request.handleId);
    if (handle === undefined) {
      const reason = `No such handle ${request.handleId} in session ${this.id}`;
      return this.#refuse(request, JANUS_ERROR.handleNotFound, reason);
    }
    switch (request.verb) {
      case "message":
        return this.#message(request, handle);
      case "trickle":
        return this.#trickle(request, handle);
      case "hangup":
        return this.#forward(request, {
          janus: "hangup",
          handle_id: handle.upstreamId,
        });
      case "detach":
        return this.#forward(
          request,
          { janus: "detach", handle_id: handle.upstreamId },
          (reply) => (this.#forget(handle), reply),
        );
    }
  }

  #attach(request: RequestOf<"attach">): void {
    const { plugin } = this.#parts;
    if (request.plugin !== plugin) {
      const reason = `No such plugin '${request.plugin}'`;
      return this.#refuse(request, JANUS_ERROR.pluginNotFound, reason);
    }
    if (this.#handles.size + this.#attaching >= HANDLES_PER_SESSION_MAX) {
      return this.#refuse(
        request,
        JANUS_ERROR.pluginAttach,
        "Too many handles in this session",
      );
    }
    this.#attaching++;
    this.#ask(request, { janus: "attach", plugin }, (reply) => {
      this.#attaching--;
      if (reply instanceof GatewayError) return;
      const upstreamId = reply.data?.id;
      if (upstreamId === undefined) return this.#answer(request, reply);
      const handle = this.#handles.add(upstreamId);
      this.#parts.send(successMessage(this.#to(request), handle.id));
    });
  }

  #message(request: RequestOf<"message">, handle: Handle): void {
    const { cameraId, addresses, counters, features } = this.#parts;
    const message = rebuildMessage(request, { cameraId, addresses });
    if (message.result !== "ok") {
      const { result, code, reason } = message;
      if (result === "sdp_refused") counters.refusedSdps++;
      return result === "plugin_error"
        ? this.#refuseBody(request, handle, { code, reason })
        : this.#refuse(request, code, reason);
    }
    const fields = messageFields(message, { handle, counters });
    const become = message.body.request === "features" ? features : undefined;
    this.#forward(request, fields, become);
  }

  #trickle(request: RequestOf<"trickle">, handle: Handle): void {
    const { addresses, counters, send } = this.#parts;
    const fields = trickleFields(request.candidates, {
      handle,
      addresses,
      counters,
    });
    if (fields === undefined) return send(ackMessage(this.#to(request)));
    this.#forward(request, fields);
  }

  /** Asks the upstream; its answers, or what they become, go to the client. */
  #forward(
    request: SessionRequest,
    fields: RequestFields,
    become = (reply: JanusResponse) => reply,
  ): void {
    this.#ask(request, fields, (reply) => {
      if (reply instanceof GatewayError) return;
      this.#answer(request, become(reply));
    });
  }

  /** Asks the upstream; a request that fails is told so, once. */
  #ask(
    request: SessionRequest,
    fields: RequestFields,
    onReply: (reply: JanusResponse | GatewayError) => void,
  ): void {
    let isAnswered = false;
    const sent = this.#parts.upstream.request(fields, (reply) => {
      if (this.#ended) return;
      const isFailure = reply instanceof GatewayError;
      onReply(reply);
      // After an `ack` the plugin owes nothing: some requests have no event.
      if (isFailure && !isAnswered) {
        this.#refuse(request, JANUS_ERROR.unknown, reply.face.text);
      }
      isAnswered = true;
    });
    if (!sent) {
      onReply(new GatewayError("overloaded"));
      this.#refuse(request, JANUS_ERROR.unknown, "Too many open requests");
    }
  }

  #answer(request: SessionRequest, reply: JanusResponse): void {
    const { error } = reply;
    if (error !== undefined) {
      // The upstream's texts hold its ids, and its secret is not the client's
      // business: to the client it is just an upstream that does not work.
      const code = error.code === JANUS_ERROR.unauthorized
        ? JANUS_ERROR.unknown
        : error.code;
      const reason = error.reason.replace(/\d{4,}/g, "…");
      return this.#refuse(request, code, reason);
    }
    const handle = this.#handles.ofUpstream(reply.sender);
    this.#parts.send(
      readdressedMessage(reply, { ...this.#to(request), sender: handle?.id }),
    );
    if (handle !== undefined) this.#track(handle, reply);
  }

  /** Follows whether a handle has a PeerConnection. */
  #track(handle: Handle, { janus, reason }: JanusResponse): void {
    if (janus === "webrtcup") handle.isUp = true;
    else if (janus === "hangup") handle.isUp = false;
    else if (janus === "detached") return this.#forget(handle);
    else return;
    // What the client has not asked for is the media server's own doing.
    const end = LEAVING.has(reason ?? "") ? undefined : "hung_up";
    this.#parts.onViewing(this.#handles.isAnyUp, end);
  }

  #forget(handle: Handle): void {
    this.#handles.delete(handle);
    this.#parts.onViewing(this.#handles.isAnyUp);
  }

  /** As the plugin would: an `ack`, then an event with the error. */
  #refuseBody(
    request: RequestOf<"message">,
    handle: Handle,
    { code, reason }: { code: number; reason: string },
  ): void {
    const { send, plugin, counters } = this.#parts;
    counters.refusedRequests++;
    const to = this.#to(request);
    const data = pluginErrorData(code, reason);
    send(ackMessage(to));
    send(pluginEventMessage(to, { sender: handle.id, plugin, data }));
  }

  #refuse(request: SessionRequest, code: number, reason: string): void {
    this.#parts.counters.refusedRequests++;
    this.#parts.send(errorMessage(this.#to(request), code, reason));
  }

  #to({ transaction }: SessionRequest) {
    return { transaction, sessionId: this.id };
  }
}

/** Why Janus and the engine hang up when a client has closed its end. */
const LEAVING: ReadonlySet<string> = new Set([
  "Janus API",
  "DTLS alert",
  "Close PC",
]);
