/** What a player says about its state: words for people. */

import type { EndCause, PluginRefusal, RelayState } from "./end_cause.ts";

/** A state's name; the style sheet has an icon and a colour for each. */
export type Phase =
  | "paused"
  | "connecting"
  | "live"
  | "stalled"
  | "offline"
  | "blocked"
  | "tap"
  | "unsupported"
  | "signed-out"
  | "forbidden"
  | "missing";

/** A state as people see it. */
export interface Face {
  readonly phase: Phase;
  readonly title: string;
  readonly detail: string;
  /** Whether the player goes on trying by itself. */
  readonly retry: boolean;
}

/** Titles and remedies of camera states, by name. */
export type StateWords = Readonly<
  Record<string, { readonly title: string; readonly remedy: string }>
>;

const RETRYING = "Trying again by itself.";

function face(phase: Phase, title: string, detail = ""): Face {
  const retry = phase === "offline" || phase === "blocked" ||
    phase === "stalled";
  return { phase, title, detail, retry };
}

export const PAUSED = face("paused", "Paused", "Plays when it is in view.");
export const CONNECTING = face("connecting", "Connecting…");
export const LIVE = face("live", "Live");
export const STALLED = face("stalled", "Stalled", "No new pictures arrive.");
export const TAP = face(
  "tap",
  "Tap to play",
  "This browser does not start videos by itself.",
);
export const NO_WEBRTC = face(
  "unsupported",
  "No WebRTC in this browser",
  "Another browser, or another setting of this one, may have it.",
);
export const NO_H264 = face(
  "unsupported",
  "No H.264 in this browser",
  "In Firefox, enable the OpenH264 plugin under Add-ons, Plugins.",
);
export const SIGNED_OUT = face(
  "signed-out",
  "Signed out",
  "Your session has ended.",
);
export const FORBIDDEN = face(
  "forbidden",
  "No permission",
  "You may not view this camera.",
);
export const MISSING = face(
  "missing",
  "No such camera",
  "It is not configured, or you may not view it.",
);
/** nalgate knows it, so that the media server has not been told yet. */
const UNKNOWN = face(
  "offline",
  "Not served",
  `The media server does not know this camera. ${RETRYING}`,
);
export const REFUSED = face("offline", "Connection refused", RETRYING);
export const UNREACHABLE = face(
  "offline",
  "Server not reachable",
  `Check this device’s connection. ${RETRYING}`,
);

/** Why a camera cannot be played now, as the plugin tells it. */
export function faceOfRefusal(
  refusal: Omit<PluginRefusal, "kind">,
  words: StateWords,
): Face {
  if (refusal.code === 404) return UNKNOWN;
  if (refusal.code === 403) return FORBIDDEN;
  const name = refusal.reason ?? "";
  const known = Object.hasOwn(words, name) ? words[name] : undefined;
  return known === undefined
    ? face("offline", "No picture", refusal.text)
    : face("offline", known.title, known.remedy);
}

/** How the way around, a TURN server, came out. */
const ABOUT_RELAY: Readonly<Record<RelayState, string>> = {
  none: "No TURN server is configured, which could lead around it.",
  silent: "The TURN server, which could lead around it, does not answer.",
  refused: "The TURN server, which could lead around it, refused to.",
  granted: "The TURN server was tried: it does not reach the camera either.",
};

/** Why an attempt ended. */
export function faceOfEnd(cause: EndCause, words: StateWords): Face {
  switch (cause.kind) {
    case "closed":
      return faceOfClose(cause.code, cause.reason, words);
    case "plugin":
      return faceOfRefusal(cause, words);
    case "refused":
      return cause.code === 403 ? FORBIDDEN : faceOfState(cause.text, words) ??
        face("offline", "Media server refused", cause.text);
    case "hangup":
      return face("offline", "Stream ended", sentence(cause.reason));
    case "late":
      return cause.awaited === "signalling"
        ? face("offline", "No answer", `The server is slow. ${RETRYING}`)
        : face("offline", "No picture arrives", RETRYING);
    case "no_route":
      return face(
        "blocked",
        "UDP blocked",
        "Video cannot reach this browser: a firewall or VPN between here " +
          `and the camera drops UDP. ${ABOUT_RELAY[cause.relay]}`,
      );
    case "lost":
      return face("stalled", "Stream interrupted", RETRYING);
    case "unsupported":
      return face(
        "unsupported",
        "Video not supported",
        "This browser cannot decode the camera’s H.264 profile.",
      );
  }
}

function faceOfClose(code: number, reason: string, words: StateWords): Face {
  switch (code) {
    case 4401:
      return { ...SIGNED_OUT, detail: sentence(reason) || SIGNED_OUT.detail };
    case 4403:
      return { ...FORBIDDEN, detail: sentence(reason) || FORBIDDEN.detail };
    case 4404:
      return { ...MISSING, detail: sentence(reason) || MISSING.detail };
    case 1001:
    case 1013:
      return faceOfState(reason, words) ??
        face("offline", "Interrupted", sentence(reason) || RETRYING);
    default:
      return face("offline", "Connection lost", sentence(reason) || RETRYING);
  }
}

/** A close or a refusal cannot carry a state's name, but tells its title. */
function faceOfState(reason: string, words: StateWords): Face | undefined {
  const state = Object.values(words).find(({ title }) =>
    reason === `${title}.`
  );
  return state && face("offline", state.title, state.remedy);
}

/** A reason that came over the wire, short enough for a tile. */
function sentence(text: string): string {
  const shown = text.trim().slice(0, 200);
  return shown === "" || /[.!?…]$/.test(shown) ? shown : `${shown}.`;
}
