/**
 * What handlers of one request share.
 *
 * @module
 */

import type { Context, MiddlewareHandler } from "hono";
import type { WebSocket } from "ws";
import type { GatewayError } from "../errors.ts";
import type { Principal } from "./auth/principal.ts";
import type { Camera } from "./cameras.ts";
import type { Client } from "./client.ts";

/** A WebSocket handshake in flight: the handler says what becomes of it. */
export interface Upgrade {
  /** What is wrong with the handshake itself. */
  readonly refusal: GatewayError | undefined;
  /** Set by the handler that wants the socket; called after the 101. */
  opened?: (socket: WebSocket) => void;
  /** Called instead when the client is gone before the 101. */
  abandoned?: () => void;
}

/** A credential that may stand in the URL of some routes. */
export type UrlCredential =
  /** A one-time ticket: worthless once the log has it. */
  | "ticket"
  /** An identity provider's: worthless without our cookie and verifier. */
  | "code";

/** Hono's types for the gateway's app. */
export interface AppEnv {
  readonly Bindings: {
    /** The socket's remote address. */
    readonly peer: string;
    /** Names and values of headers in turn, as they came. */
    readonly rawHeaders?: readonly string[];
    readonly upgrade?: Upgrade;
  };
  readonly Variables: {
    client: Client;
    /** `host` or `host:port`: our own, and what the request asked for. */
    hosts: ReadonlySet<string>;
    /** The route's {@linkcode UrlCredential}, once it is known. */
    takes: UrlCredential | undefined;
    /** The one-time ticket that the request came with, where one is taken. */
    ticket: string | undefined;
    principal: Principal;
    camera: Camera;
  };
}

/** A handler's argument. */
export type AppContext = Context<AppEnv>;

/** A middleware of the gateway's app. */
export type AppMiddleware = MiddlewareHandler<AppEnv>;
