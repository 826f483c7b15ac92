/**
 * What may arrive at an upstream, whatever clients send: an exact list of
 * verbs, fields and forms, written down a second time on purpose.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";
import type { Recorded } from "./janus_server.ts";

/** In everything of a client that must not travel. */
export const CANARY = "CLIENT-CANARY";

/** What the rules depend on. */
export interface Rules {
  readonly apiSecret: string;
  /** The camera's `id` in `watch`. */
  readonly cameras: readonly string[];
  readonly plugin: string;
}

/** By verb exactly these fields, and those that each has. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  create: [],
  // The gateway's own, once per connection: which Janus is it?
  info: [],
  keepalive: ["session_id"],
  destroy: ["session_id"],
  attach: ["session_id", "plugin"],
  message: ["session_id", "handle_id", "body", "jsep"],
  trickle: ["session_id", "handle_id", "candidate", "candidates"],
  hangup: ["session_id", "handle_id"],
  detach: ["session_id", "handle_id"],
};
const COMMON: readonly string[] = ["janus", "transaction", "apisecret"];

const BODIES: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["watch", ["request", "id", "params"]],
  ["start", ["request"]],
  ["stop", ["request"]],
  ["features", ["request"]],
  ["key_required", ["request"]],
  // The gateway's own.
  ["status", ["request"]],
]);

const SDP_LINE = new RegExp(
  "^(?:v=0|o=- \\d+ \\d+ IN IP4 127\\.0\\.0\\.1|s=-|t=0 0|" +
    "c=IN IP4 0\\.0\\.0\\.0|m=(?:video|audio) [09] UDP/TLS/RTP/SAVPF [\\d ]+|" +
    "a=(?:recvonly|inactive|rtcp-mux|rtcp-rsize|bundle-only|" +
    "extmap-allow-mixed|end-of-candidates|(?:group|msid-semantic|mid|setup|" +
    "ice-ufrag|ice-pwd|ice-options|fingerprint|extmap|rtpmap|fmtp|rtcp-fb|" +
    "candidate):[ -~]+))$",
);

const CANDIDATE = new RegExp(
  "^(?:a=)?candidate:\\S{1,32} [12] udp \\d{1,10} (?<address>\\S+) \\d{1,5} " +
    "typ (?:host|srflx|prflx|relay)" +
    "(?: (?:generation|ufrag|raddr|rport) \\S+)*$",
);

const NOWHERE = new BlockList();
for (
  const [net, bits] of [
    ["0.0.0.0", 8],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
    ["224.0.0.0", 3],
  ] as const
) NOWHERE.addSubnet(net, bits, "ipv4");
for (
  const [net, bits] of [["::", 64], ["fe80::", 10], ["ff00::", 8]] as const
) {
  NOWHERE.addSubnet(net, bits, "ipv6");
}

/** What is wrong with a message that arrived upstream, if anything. */
export function breach(
  message: Recorded,
  text: string,
  { apiSecret, cameras, plugin }: Rules,
): string | undefined {
  const { janus, transaction } = message;
  if (text.includes(CANARY)) return "something of the client's";
  if (!/^[ -~]*$/.test(text)) return "a character that is not plain";
  if (!Object.hasOwn(FIELDS, janus)) return `verb ${janus}`;
  const stranger = Object.keys(message).find((field) =>
    !COMMON.includes(field) && !FIELDS[janus]?.includes(field)
  );
  if (stranger !== undefined) return `field ${stranger}`;
  if (message.apisecret !== apiSecret) return "no secret of ours";
  if (!/^(?:c?\d+|destroy|keepalive)$/.test(transaction)) {
    return "a transaction that is not ours";
  }
  if (janus === "attach" && message.plugin !== plugin) return "another plugin";
  if (janus === "message") {
    return bodyBreach(message.body, cameras) ?? jsepBreach(message.jsep);
  }
  if (janus !== "trickle") return undefined;
  const candidates = message.candidates ?? [message.candidate];
  return candidates.map(candidateBreach).find((found: unknown) => found);
}

function bodyBreach(
  body: Recorded,
  cameras: readonly string[],
): string | undefined {
  const { request, id, params = {} } = body;
  const fields = BODIES.get(request);
  if (fields === undefined) return `request ${request}`;
  if (!hasOnly(body, fields)) return "a body's field";
  if (request === "watch" && !cameras.includes(id)) return "another camera";
  const { orientation = 0, audio = false } = params;
  const good = hasOnly(params, ["orientation", "audio"]) &&
    [0, 90, 180, 270].includes(orientation) && typeof audio === "boolean";
  return good ? undefined : "params";
}

function jsepBreach(jsep: Recorded | undefined): string | undefined {
  if (jsep === undefined) return undefined;
  const { type, sdp, trickle = true } = jsep;
  if (!hasOnly(jsep, ["type", "sdp", "trickle"])) return "a JSEP's field";
  if (type !== "offer" && type !== "answer") return "a JSEP's type";
  if (typeof trickle !== "boolean") return "a JSEP's trickle";
  const lines: string[] = sdp.split("\r\n");
  if (lines.pop() !== "") return "an SDP without an end";
  const bad = lines.find((line) => !SDP_LINE.test(line));
  if (bad !== undefined) return `SDP line ${bad}`;
  if (lines.filter((line) => line.startsWith("m=video")).length !== 1) {
    return "not one video";
  }
  return lines.filter((line) => line.startsWith("a=candidate"))
    .map(lineBreach).find((found) => found);
}

function candidateBreach(candidate: Recorded): string | undefined {
  if (candidate.completed === true) {
    return hasOnly(candidate, ["completed"]) ? undefined : "completed and more";
  }
  if (!hasOnly(candidate, ["candidate", "sdpMid", "sdpMLineIndex"])) {
    return "a candidate's field";
  }
  return lineBreach(candidate.candidate);
}

function lineBreach(line: string): string | undefined {
  const address = CANDIDATE.exec(line)?.groups?.address;
  if (address === undefined) return `candidate ${line}`;
  const family = isIP(address);
  if (family === 0) {
    return address.endsWith(".local") ? undefined : `address ${address}`;
  }
  return NOWHERE.check(address, family === 6 ? "ipv6" : "ipv4")
    ? `address ${address}`
    : undefined;
}

function hasOnly(object: Recorded, names: readonly string[]): boolean {
  return Object.keys(object).every((name) => names.includes(name));
}
