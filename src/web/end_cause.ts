/** How an attempt to view can end. */

/**
 * What became of a TURN server: none is configured; it did not answer; it
 * refused; it gave an address, which was of no use.
 */
export type RelayState = "none" | "silent" | "refused" | "granted";

/** Why an attempt ended: data; `face.ts` has the words. */
export type EndCause =
  /** The WebSocket closed (RFC 6455 section 7.4; 4000 + HTTP status). */
  | {
    readonly kind: "closed";
    readonly code: number;
    readonly reason: string;
    /** False: it never opened, so the answer's status is hidden from us. */
    readonly wasOpen: boolean;
  }
  /** Janus refused a request. */
  | { readonly kind: "refused"; readonly code: number; readonly text: string }
  /** The plugin refused to play. */
  | PluginRefusal
  /** The server ended the media, with its reason. */
  | { readonly kind: "hangup"; readonly reason: string }
  /** Somebody should have answered by now. */
  | { readonly kind: "late"; readonly awaited: "signalling" | "media" }
  /** No UDP route was found. */
  | { readonly kind: "no_route"; readonly relay: RelayState }
  /** Media stopped arriving, or nothing of it could be decoded. */
  | { readonly kind: "lost" }
  /** The browser does not take what the camera offers. */
  | { readonly kind: "unsupported" };

/** The plugin's `error_code` and its reason. */
export interface PluginRefusal {
  readonly kind: "plugin";
  readonly code: number;
  readonly text: string;
  /** A camera state's name, where the server is nalgate. */
  readonly reason: string | undefined;
}
