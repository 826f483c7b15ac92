/**
 * Janus sessions and handles at the engine: who they belong to, and what has
 * to be answered to them.
 *
 * @module
 */

import type { WebSocket } from "ws";
import type { JanusResponse, PluginEvent } from "../../janus/message.ts";
import type { Jsep } from "../../janus/message.ts";
import { USTREAMER_PLUGIN } from "../../janus/message.ts";
import { ENGINE_BACKLOG_SIZE_MAX } from "../../limits.ts";

/** A plugin handle. */
export interface Handle {
  readonly id: number;
  readonly session: Session;
}

/** A Janus session; it ends with its socket. */
export class Session {
  readonly handles = new Map<number, Handle>();
  lastSeenMs: number;

  constructor(
    readonly id: number,
    readonly socket: WebSocket,
    nowMs: number,
  ) {
    this.lastSeenMs = nowMs;
  }

  /** Sends an answer or event of this session. */
  send(response: Omit<JanusResponse, "session_id">): void {
    send(this.socket, { ...response, "session_id": this.id } as JanusResponse);
  }

  /** Sends an event of one of its handles. */
  sendEvent(handle: Handle, event: Omit<JanusResponse, "sender">): void {
    this.send({ ...event, sender: handle.id } as JanusResponse);
  }

  /** Sends what the plugin says, as the answer to a message. */
  sendPluginEvent(
    handle: Handle,
    { data, transaction, jsep }: {
      data: PluginEvent;
      transaction?: string | undefined;
      jsep?: Jsep | undefined;
    },
  ): void {
    this.sendEvent(handle, {
      janus: "event",
      ...(transaction !== undefined && { transaction }),
      plugindata: { plugin: USTREAMER_PLUGIN, data },
      ...(jsep !== undefined && { jsep }),
    });
  }
}

/** Sends a message; a client that does not read is ended. */
export function send(socket: WebSocket, response: JanusResponse): void {
  if (socket.readyState !== socket.OPEN) return;
  if (socket.bufferedAmount > ENGINE_BACKLOG_SIZE_MAX) {
    socket.terminate();
    return;
  }
  socket.send(JSON.stringify(response));
}

/** A random id as Janus makes them: 1 to 2^53 - 1. */
export function randomId(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high & 0x1fffff) * 2 ** 32 + low || 1;
}
