/**
 * What Janus writes: lines for our log, and now and then a fact.
 *
 * @module
 */

import type { Logger, LogLevel } from "../log.ts";

/** What a line tells besides itself. */
export type JanusFact =
  | { readonly kind: "serves" }
  | { readonly kind: "port taken" };

/** The fact in a line, if there is one. */
export function factIn(line: string): JanusFact | undefined {
  if (/^Websockets server started/i.test(line)) return { kind: "serves" };
  // Loopback is always there: it can only be the port.
  return /No WebSockets server started/i.test(line)
    ? { kind: "port taken" }
    : undefined;
}

/** How much a line matters to us. */
export function levelOf(line: string): LogLevel {
  // About one handle: what a viewer sends must not fill the log.
  if (/^\[(ERR|WARN)\] (\[[\w.]+:\w+:\d+\] )?\[\d+\]/.test(line)) {
    return "debug";
  }
  if (/^\[(FATAL|ERR)\]/.test(line)) return "error";
  if (line.startsWith("[WARN]")) {
    // That is how we have configured it.
    return line.includes("mDNS resolution disabled") ? "debug" : "warn";
  }
  // What our own plugin says; the rest is about each session and handle.
  return line.startsWith("[nalgate]") ? "info" : "debug";
}

/** Logs a line under its own level. */
export function logLine(log: Logger, line: string): void {
  const text = line.replace(/^\[(FATAL|ERR|WARN|nalgate)\] /, "").trim();
  if (/\w/.test(text)) log.log(levelOf(line), text);
}
