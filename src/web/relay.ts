/// <reference no-default-lib="true" />
/// <reference lib="esnext" />
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** The ICE servers of a peer connection, and what became of a TURN server. */

import type { RelayState } from "./end_cause.ts";

/** What `features` says of ICE servers. */
export interface IceFeatures {
  readonly url?: string;
  readonly servers?: readonly RTCIceServer[];
}

/** How a TURN server says no (RFC 8489 section 18, RFC 8656 section 19). */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 438, 441, 486]);

/** Gives a peer connection its servers and watches what they give back. */
export class Relay {
  readonly #peer: RTCPeerConnection;
  #state: RelayState = "none";

  constructor(peer: RTCPeerConnection) {
    this.#peer = peer;
    peer.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.type === "relay") this.#state = "granted";
    });
    peer.addEventListener("icecandidateerror", ({ errorCode }) => {
      const isRefusal = this.#state === "silent" && REFUSALS.has(errorCode);
      if (isRefusal) this.#state = "refused";
    });
  }

  get state(): RelayState {
    return this.#state;
  }

  /** Whether a way may yet be found, though the browser sees none. */
  isHopeful(isGathering: boolean): boolean {
    if (this.#state === "none") return false;
    return this.#state === "granted" || isGathering;
  }

  use({ url, servers = [] }: IceFeatures): void {
    const isNew = url !== undefined && url !== "" &&
      !servers.some(({ urls }) => urls === url);
    const iceServers = isNew ? [{ urls: url }, ...servers] : [...servers];
    try {
      this.#peer.setConfiguration({ bundlePolicy: "max-bundle", iceServers });
    } catch {
      // Not a URL that this browser knows: host candidates may still do.
      return;
    }
    if (servers.some(isTurn)) this.#state = "silent";
  }
}

function isTurn({ urls }: RTCIceServer): boolean {
  return [urls].flat().some((url) => /^turns?:/.test(url));
}
