/**
 * Janus messages as nobody should send them: valid ones of a session, changed
 * in one place or several. Fast, and the same for the same seed.
 *
 * @module
 */

import { CANARY } from "./upstream_rules.ts";

/** Ids that a message may name, right or wrong. */
export interface NoiseIds {
  readonly sessionId: number;
  readonly handleId: number;
  /** Of others: of other sockets, of the upstream. */
  readonly foreign: readonly number[];
}

/** A small generator of random numbers (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number below a bound. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 4294967296 * bound);
  }

  pick<T>(list: readonly [T, ...T[]] | readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.below(times) === 0;
  }
}

/** Field name and value, both as JSON text. */
type Fields = [name: string, value: string][];

const VERBS = [
  ...Array<string>(12).fill("message"),
  ...Array<string>(8).fill("trickle"),
  ...["attach", "hangup", "keepalive", "ping", "info"],
];

const OTHER_VERBS = [
  ...["claim", "list_sessions", "set_session_timeout", "query_logger"],
  ...["add_token", "handle_info", "__proto__", "constructor", "toString"],
  ...[
    "hasOwnProperty",
    "",
    " message",
    "message ",
    "message\\u0000",
    "mes sage",
  ],
  ...["\\uff4dessage", "ke\\u212apalive", "trickle\\n", "null", "0", CANARY],
];

const REQUESTS = ["watch", "start", "stop", "features", "key_required"];

const OTHER_REQUESTS = [
  ...["status", "configure", "create", "destroy", "list", "WATCH", "Start"],
  ...["__proto__", "constructor", "valueOf", "watch ", "", CANARY],
];

const ADDRESSES = [
  ...["192.0.2.1", "198.51.100.7", "2001:db8::1", "10.0.0.9", "127.0.0.1"],
  ...["169.254.169.254", "0.0.0.0", "::1", "::ffff:127.0.0.1", "fe80::1"],
  ...["224.0.0.1", "255.255.255.255", "0x7f000001", "2130706433", "127.1"],
  ...["fe80::1%eth0", "64:ff9b::7f00:1", "metadata.internal", "[::1]"],
  ...["0c5b3f5a-1d2e-4f60-8a7b-9c0d1e2f3a4b.local", "evil.local", CANARY],
];

/** Any JSON, most of it nonsense. */
const JUNK = [
  ...["null", "true", "false", "[]", "{}", "0", "-1", '""', "1e999", "-0"],
  ...["[null]", `"${CANARY}"`, `{"${CANARY}":1}`, '"\\ud800"', '"\\u0000"'],
  ...['{"__proto__":{"request":"watch"}}', '{"constructor":{"prototype":{}}}'],
  ...["9007199254740993", "1.0", '"‮\u{1f4f7}"', '["message","watch"]'],
  "[".repeat(20) + "]".repeat(20),
  '{"a":'.repeat(12) + "1" + "}".repeat(12),
];

/** A viewer's answer, small, and lines to spoil it with. */
const ANSWER = [
  ...["v=0", "o=- 4611731400430051336 2 IN IP4 192.0.2.3", "s=-", "t=0 0"],
  ...["a=group:BUNDLE 0", "m=video 9 UDP/TLS/RTP/SAVPF 96 97"],
  ...["c=IN IP4 192.0.2.3", "a=rtcp:9 IN IP4 192.0.2.3", "a=ice-ufrag:Llbu"],
  "a=ice-pwd:1TUJi9EXk7Wo5unJX3/r2ts9",
  `a=fingerprint:sha-256 ${Array(32).fill("9D").join(":")}`,
  ...["a=setup:active", "a=mid:0", "a=recvonly", "a=rtcp-mux"],
  ...[
    "a=rtpmap:96 H264/90000",
    "a=rtcp-fb:96 nack pli",
    "a=rtpmap:97 rtx/90000",
  ],
  "a=fmtp:97 apt=96",
  "a=candidate:1 1 udp 2122 192.0.2.3 41000 typ host",
];

const LINES = [
  ...["a=sendrecv", "a=sendonly", "a=inactive", "a=recvonly", "a=ice-lite"],
  ...["a=simulcast:send 1;2", "a=rid:1 send", "a=ssrc:1 cname:x", "b=AS:1"],
  ...["m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=sctp-port:5000"],
  ...["m=video 9 UDP/TLS/RTP/SAVPF 96", "m=audio 9 UDP/TLS/RTP/SAVPF 111"],
  ...[
    "m=audio 0 UDP/TLS/RTP/SAVPF 0",
    "a=crypto:1 X inline:x",
    "o=- 1 1 IN IP4 ::",
  ],
  ...[`a=x-${CANARY}:1`, `a=mid:${CANARY} x`, `i=${CANARY}`, `s=${CANARY}`],
  ...["a=rtpmap:96 VP8/90000", "a=rtpmap:128 H264/90000", "a=", "", "a=mid"],
  ...["a=candidate:1 1 tcp 1 192.0.2.3 9 typ host tcptype active", "v=1"],
  ...["a=candidate:1 1 udp 1 127.0.0.1 9 typ host", "c=IN IP4 127.0.0.1"],
  ...["a=candidate:1 1 udp 1 169.254.169.254 80 typ host", "a=__proto__:1"],
  ...[
    "a=fmtp:96 profile-level-id=42e01f",
    "a=extmap:3 urn:3gpp:video-orientation",
  ],
];

/** One message, as text. */
export function noise(dice: Dice, ids: NoiseIds): string {
  const fields = validFields(dice, ids);
  // Half of them once, a quarter twice…
  for (let more = !dice.once(6); more; more = dice.once(2)) {
    dice.pick(CHANGES)(fields, dice, ids);
  }
  const text = `{${
    fields.map(([name, value]) => `${name}:${value}`).join(",")
  }}`;
  return dice.once(12) ? dice.pick(MANGLES)(text, dice) : text;
}

function validFields(dice: Dice, ids: NoiseIds): Fields {
  // Seldom: whatever follows them is refused, and tests little.
  const verb = dice.once(300)
    ? dice.pick(["destroy", "create", "detach"])
    : dice.pick(VERBS);
  const fields: Fields = [
    ['"janus"', `"${verb}"`],
    ['"transaction"', '"t"'],
    ['"session_id"', `${ids.sessionId}`],
    ['"handle_id"', `${ids.handleId}`],
  ];
  if (verb === "attach") fields.push(['"plugin"', '"janus.plugin.ustreamer"']);
  if (verb === "message") {
    const request = dice.pick(REQUESTS);
    fields.push(['"body"', body(dice, request)]);
    const negotiates = request === "watch" || request === "start";
    if (negotiates && dice.once(3)) {
      fields.push([
        '"jsep"',
        jsep(dice, request === "watch" ? "offer" : "answer"),
      ]);
    }
  }
  if (verb === "trickle") {
    if (dice.once(4)) {
      const list = Array.from({ length: dice.below(4) }, () => candidate(dice));
      fields.push(['"candidates"', `[${list.join(",")}]`]);
    } else fields.push(['"candidate"', candidate(dice)]);
  }
  return fields;
}

function body(dice: Dice, request: string): string {
  const fields = [`"request":"${request}"`];
  if (dice.once(3)) {
    fields.push(`"id":${dice.pick(['"front"', '"garage"', "5"])}`);
  }
  if (dice.once(3)) {
    const orientation = dice.pick(["0", "90", "45", '"90"', "90.0", "null"]);
    fields.push(
      `"params":{"orientation":${orientation},"audio":true,"mic":true}`,
    );
  }
  if (dice.once(4)) fields.push(`"secret":"${CANARY}"`);
  return `{${fields.join(",")}}`;
}

function jsep(dice: Dice, type: string): string {
  const lines = [...ANSWER];
  for (let more = dice.once(2); more; more = dice.once(2)) {
    const at = dice.below(lines.length);
    if (dice.once(3)) lines.splice(at, 1);
    else lines.splice(at, dice.below(2), dice.pick(LINES));
  }
  const end = dice.once(20) ? dice.pick(["\\n", "\\r", "\\u0000"]) : "\\r\\n";
  const word = dice.once(12)
    ? dice.pick(["rollback", "pranswer", "OFFER"])
    : type;
  const more = dice.once(4) ? `,"trickle":false,"e2ee":"${CANARY}"` : "";
  return `{"type":"${word}","sdp":"${lines.join(end)}${end}"${more}}`;
}

function candidate(dice: Dice): string {
  if (dice.once(6)) return dice.pick(['{"completed":true}', "null", ...JUNK]);
  const transport = dice.once(8) ? dice.pick(["tcp", "UDP", "dccp"]) : "udp";
  const type = dice.once(8) ? dice.pick(["any", "HOST", ""]) : "host";
  const more = dice.once(3)
    ? dice.pick([
      ` ${CANARY} 1`,
      " generation 0",
      " raddr 127.0.0.1 rport 0",
      " x",
    ])
    : "";
  const line = `candidate:1 1 ${transport} 2122 ${dice.pick(ADDRESSES)} ` +
    `${dice.pick(["9", "80", "65535", "0", "65536", "-1"])} typ ${type}${more}`;
  const mid = dice.pick([
    '"0"',
    '"video"',
    "null",
    `"${CANARY}${"x".repeat(9)}"`,
  ]);
  return `{"candidate":"${line}","sdpMid":${mid},"sdpMLineIndex":0}`;
}

type Change = (fields: Fields, dice: Dice, ids: NoiseIds) => void;

/** Each changes one message in one way. */
const CHANGES: readonly Change[] = [
  /** An id of somebody else. */
  (fields, dice, { foreign }) => {
    const name = dice.pick(['"session_id"', '"handle_id"']);
    set(fields, name, `${dice.pick(foreign)}`);
  },
  /** The right number in another spelling. */
  (fields, dice, ids) => {
    const isSession = dice.once(2);
    const id = isSession ? ids.sessionId : ids.handleId;
    const spelled = dice.pick([
      ...[`${id}.0`, `${id}e0`, `"${id}"`, `-${id}`, `0${id}`, `+${id}`],
      ...[`0x${id.toString(16)}`, `${id}.5`, `[${id}]`, `{"valueOf":${id}}`],
      ...["1e3", "-0", "9007199254740993", "18446744073709551616", "null"],
    ]);
    set(fields, isSession ? '"session_id"' : '"handle_id"', spelled);
  },
  /** A key twice, the other time with something else. */
  (fields, dice, { foreign }) => {
    const [name] = dice.pick(fields);
    const value = dice.pick([`${dice.pick(foreign)}`, ...JUNK, '"claim"']);
    fields.splice(dice.below(fields.length + 1), 0, [name, value]);
  },
  /** Fields that are not the client's to send. */
  (fields, dice) => {
    const name = dice.pick([
      ...["apisecret", "token", "admin_secret", "opaque_id", "id"],
      ...["loop_index", "force-bundle", "__proto__", "constructor", CANARY],
    ]);
    const value = dice.pick([`"${CANARY}"`, "1", `{"janus":"claim"}`]);
    fields.splice(dice.below(fields.length + 1), 0, [`"${name}"`, value]);
  },
  /** Another verb, or the same in other letters. */
  (fields, dice) => {
    const verb = dice.once(2) ? dice.pick(OTHER_VERBS) : anyCase(dice);
    set(fields, '"janus"', `"${verb}"`);
  },
  /** A request of the plugin that is none. */
  (fields, dice) => {
    set(fields, '"body"', body(dice, dice.pick(OTHER_REQUESTS)));
  },
  /** A transaction that is none. */
  (fields, dice) => {
    const text = dice.pick([
      CANARY,
      CANARY.repeat(9),
      "\\u0000",
      "é",
      "\\ud83d",
    ]);
    set(fields, '"transaction"', dice.pick([`"${text}"`, ...JUNK]));
  },
  /** A value of another type. */
  (fields, dice) => {
    dice.pick(fields)[1] = dice.pick(JUNK);
  },
  /** A field that is missing. */
  (fields, dice) => {
    if (fields.length > 1) fields.splice(dice.below(fields.length), 1);
  },
  /** A name spelled with escapes, or nearly right. */
  (fields, dice) => {
    const field = dice.pick(fields);
    field[0] = dice.pick([
      field[0].replace("s", "\\u0073").replace("j", "\\u006a"),
      field[0].toUpperCase(),
      field[0].replace('"', '" '),
      field[0].replaceAll('"', "'"),
    ]);
  },
  /** Another plugin. */
  (fields, dice) => {
    const plugin = dice.pick(["streaming", "echotest", "ustreamer2", CANARY]);
    set(fields, '"plugin"', `"janus.plugin.${plugin}"`);
  },
];

/** Each spoils a whole text. */
const MANGLES: readonly ((text: string, dice: Dice) => string)[] = [
  (text) => text + text,
  (text) => `[${text}]`,
  (text) => `\ufeff${text}`,
  (text) => `${text}\n{"janus":"claim","transaction":"t"}`,
  (text) => `${text}//${CANARY}`,
  (text) => text.replace(/}$/, ",}"),
  (text) => text.replaceAll('"', "'"),
  (text, dice) => text.slice(0, dice.below(text.length)),
  (text, dice) => {
    const at = dice.below(text.length);
    return text.slice(0, at) + String.fromCharCode(dice.below(128)) +
      text.slice(at + 1);
  },
  (text, dice) => {
    const [from, to] = [dice.below(text.length), dice.below(text.length)];
    return text.slice(0, from) + text.slice(to);
  },
];

function anyCase(dice: Dice): string {
  const verb = dice.pick([...new Set(VERBS), "destroy", "create", "detach"]);
  const letters = [...verb].map((letter) =>
    dice.once(2) ? letter.toUpperCase() : letter
  );
  return letters.join("");
}

function set(fields: Fields, name: string, value: string): void {
  const field = fields.find(([each]) => each === name);
  if (field === undefined) fields.push([name, value]);
  else field[1] = value;
}
