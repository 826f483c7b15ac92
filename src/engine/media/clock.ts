/**
 * Time as a stream needs it. µStreamer stamps a frame with CLOCK_MONOTONIC
 * when it grabs it; viewers want that instant on the RTP clock and on the
 * wall clock, never "now".
 *
 * @module
 */

/** RTP clock of video, ticks per second (RFC 6184 section 8.2.1). */
const RTP_CLOCK_HZ = 90_000;

/** Seconds from NTP's epoch (1900) to Unix's (RFC 5905 section 6). */
const NTP_UNIX_OFFSET_SECONDS = 2_208_988_800;

/** Where the two clocks stand. */
export interface Clock {
  /** CLOCK_MONOTONIC, seconds. */
  readonly monotonicSeconds: () => number;
  /** Unix time, milliseconds. */
  readonly wallMs: () => number;
}

/** A 64-bit NTP time as its two halves. */
export interface NtpTime {
  readonly seconds: number;
  readonly fraction: number;
}

/** The wall clock's time of a monotonic instant. */
export function ntpTime(clock: Clock, monotonicSeconds: number): NtpTime {
  const ageSeconds = clock.monotonicSeconds() - monotonicSeconds;
  const total = clock.wallMs() / 1000 - ageSeconds + NTP_UNIX_OFFSET_SECONDS;
  const seconds = Math.floor(total);
  return {
    seconds: seconds >>> 0,
    fraction: Math.floor((total - seconds) * 2 ** 32) >>> 0,
  };
}

/** The RTP clock's time of a monotonic instant, before a viewer's offset. */
export function rtpTimestamp(monotonicSeconds: number): number {
  return Math.round(monotonicSeconds * RTP_CLOCK_HZ) % 2 ** 32 >>> 0;
}
