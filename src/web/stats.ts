/** Figures of a stream, from WebRTC's statistics (W3C webrtc-stats). */

/** What the panel shows; unknown figures are missing. */
export interface StreamStats {
  readonly nowMs: number;
  readonly packets: number;
  readonly packetsLost: number;
  readonly frames: number;
  readonly bytes: number;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly codec?: string | undefined;
  readonly roundTripMs?: number | undefined;
  readonly bufferMs?: number | undefined;
  readonly route?: string | undefined;
}

/** A row of a report: its members depend on its `type`. */
type Row = Readonly<Record<string, unknown>>;

/** Reads the figures of the one video stream. */
export function readStats(
  report: Iterable<readonly [string, unknown]>,
  nowMs: number,
): StreamStats {
  const rows = new Map(report) as Map<string, Row>;
  const all = [...rows.values()];
  const video: Row =
    all.find(({ type, kind }) => type === "inbound-rtp" && kind === "video") ??
      {};
  const pair: Row = selectedPair(rows, all) ?? {};
  const emitted = number(video.jitterBufferEmittedCount);
  const delayS = number(video.jitterBufferDelay);
  return {
    nowMs,
    packets: number(video.packetsReceived) ?? 0,
    packetsLost: number(video.packetsLost) ?? 0,
    frames: number(video.framesDecoded) ?? 0,
    bytes: number(video.bytesReceived) ?? 0,
    width: number(video.frameWidth),
    height: number(video.frameHeight),
    codec: codecName(rows.get(String(video.codecId))),
    roundTripMs: milliseconds(number(pair.currentRoundTripTime)),
    bufferMs: emitted && delayS !== undefined
      ? milliseconds(delayS / emitted)
      : undefined,
    route: routeName(
      rows.get(String(pair.localCandidateId)),
      rows.get(String(pair.remoteCandidateId)),
    ),
  };
}

/** The panel's text, one figure a line; rates need an earlier reading. */
export function statsText(
  now: StreamStats,
  before: StreamStats | undefined,
  firstPictureMs: number | undefined,
): string {
  const seconds = before === undefined ? 0 : (now.nowMs - before.nowMs) / 1000;
  const rate = (value: number, last: number | undefined) =>
    seconds > 0 ? (value - (last ?? 0)) / seconds : undefined;
  const fps = rate(now.frames, before?.frames);
  const bitrate = rate(now.bytes * 8, before && before.bytes * 8);
  const sent = now.packets + now.packetsLost;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ["Size", now.width ? `${now.width}×${now.height}` : undefined],
    ["Pictures", rounded(fps, "per second")],
    ["Bit rate", megabits(bitrate)],
    ["Loss", sent > 0 ? percent(now.packetsLost / sent) : undefined],
    ["Round trip", rounded(now.roundTripMs, "ms")],
    ["Buffer", rounded(now.bufferMs, "ms")],
    ["Codec", now.codec],
    ["Route", now.route],
    ["First picture", rounded(firstPictureMs, "ms")],
  ];
  return lines
    .map(([name, value]) => `${name.padEnd(14)} ${value ?? "–"}`)
    .join("\n");
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

function rounded(value: number | undefined, unit: string): string | undefined {
  return value === undefined ? undefined : `${value.toFixed(0)} ${unit}`;
}

function megabits(bits: number | undefined): string | undefined {
  return bits === undefined ? undefined : `${(bits / 1e6).toFixed(2)} Mbit/s`;
}

function percent(part: number): string {
  return `${(Math.max(part, 0) * 100).toFixed(2)} %`;
}

/** Firefox marks the pair itself, others name it in the transport's row. */
function selectedPair(
  rows: ReadonlyMap<string, Row>,
  all: readonly Row[],
): Row | undefined {
  const transport = all.find(({ type }) => type === "transport");
  return rows.get(String(transport?.selectedCandidatePairId)) ??
    all.find(({ type, selected }) => type === "candidate-pair" && selected);
}

function routeName(
  local: Row | undefined,
  remote: Row | undefined,
): string | undefined {
  if (local === undefined || remote === undefined) return undefined;
  const protocol = String(local.protocol ?? "").toUpperCase();
  const kinds = [local.candidateType, remote.candidateType].map(String);
  // How this browser reaches its TURN server.
  const relay = typeof local.relayProtocol === "string"
    ? ` (TURN over ${local.relayProtocol.toUpperCase()})`
    : "";
  return `${kinds[0]} to ${kinds[1]}, ${protocol}${relay}`;
}

/** Profiles by profile_idc and constraint flags (RFC 6184 section 8.1). */
const PROFILES: readonly (readonly [RegExp, string])[] = [
  [/^42[4-7c-f]/i, "Constrained Baseline"],
  [/^42/, "Baseline"],
  [/^4d/i, "Main"],
  [/^640c/i, "Constrained High"],
  [/^64/, "High"],
];

function codecName(codec: Row | undefined): string | undefined {
  if (typeof codec?.mimeType !== "string") return undefined;
  const name = codec.mimeType.replace(/^video\//, "");
  const id = /profile-level-id=([0-9a-f]{6})/i.exec(String(codec.sdpFmtpLine))
    ?.[1];
  if (id === undefined) return name;
  const profile = PROFILES.find(([flags]) => flags.test(id))?.[1] ?? id;
  return `${name} ${profile} ${parseInt(id.slice(4), 16) / 10}`;
}
