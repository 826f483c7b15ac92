/**
 * Logging: one line per event, for people on a terminal, JSON elsewhere.
 *
 * A line is an event name and flat fields. Field names that sound like
 * secrets are redacted here, once, so that no call site has to remember.
 *
 * @module
 */

/** Severity, least to most. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Flat, loggable data. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | undefined>
>;

const RANK: Readonly<Record<LogLevel, number>> = {
  debug: 0,
  info: 1,
  warn: 2,
  error: 3,
};

/** systemd reads `<n>` at the start of a line as the priority (sd-daemon(3)). */
const PRIORITY: Readonly<Record<LogLevel, number>> = {
  debug: 7,
  info: 6,
  warn: 4,
  error: 3,
};

const SECRET_FIELD =
  /secret|token|password|passwd|cookie|authorization|credential|sdp|jsep|ticket|^code$/i;

/** The fields with everything that sounds like a secret replaced by `***`. */
export function redact(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      SECRET_FIELD.test(name) && value !== undefined ? "***" : value,
    ]),
  );
}

/** How and where a logger writes. */
export interface LogOptions {
  /** The least to write, for every module of this sink; may change. */
  level: LogLevel;
  readonly format: "text" | "json" | "journal";
  readonly write: (line: string) => void;
  readonly now?: () => Date;
}

/** Writes events of one module. */
export class Logger {
  readonly #module: string;
  readonly #options: LogOptions;

  constructor(module: string, options: LogOptions) {
    this.#module = module;
    this.#options = options;
  }

  /** The same sink under another module name. */
  module(module: string): Logger {
    return new Logger(module, this.#options);
  }

  /** Sets the least to write, for every module of this sink. */
  setLevel(level: LogLevel): void {
    this.#options.level = level;
  }

  debug(event: string, fields: LogFields = {}): void {
    this.log("debug", event, fields);
  }

  info(event: string, fields: LogFields = {}): void {
    this.log("info", event, fields);
  }

  warn(event: string, fields: LogFields = {}): void {
    this.log("warn", event, fields);
  }

  error(event: string, fields: LogFields = {}): void {
    this.log("error", event, fields);
  }

  log(level: LogLevel, event: string, fields: LogFields = {}): void {
    const { level: least, format, write, now = () => new Date() } =
      this.#options;
    if (RANK[level] < RANK[least]) return;
    const safe = redact(fields);
    if (format === "text") {
      const data = Object.entries(safe)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${name}=${printable(value)}`);
      const time = now().toISOString().slice(11, 23);
      write(
        [time, level.padEnd(5), `${this.#module}:`, event, ...data].join(" "),
      );
      return;
    }
    const line = JSON.stringify({
      time: now().toISOString(),
      level,
      module: this.#module,
      event,
      ...safe,
    });
    write(format === "journal" ? `<${PRIORITY[level]}>${line}` : line);
  }
}

/** Quotes what would otherwise break the line or its fields. */
function printable(value: string | number | boolean | undefined): string {
  const text = String(value);
  return /^[\w./:@+*-]+$/.test(text) ? text : JSON.stringify(text);
}

/** A logger on standard error: text on a terminal, JSON or journal if not. */
export function stderrLogger(
  module: string,
  options: { level?: LogLevel; journal?: boolean } = {},
): Logger {
  const encoder = new TextEncoder();
  return new Logger(module, {
    level: options.level ?? "info",
    format: Deno.stderr.isTerminal()
      ? "text"
      : options.journal
      ? "journal"
      : "json",
    write: (line) => writeAll(encoder.encode(line + "\n")),
  });
}

/** A full disk, or nobody who reads: no reason to stop the service. */
function writeAll(bytes: Uint8Array): void {
  try {
    for (let done = 0; done < bytes.length;) {
      done += Deno.stderr.writeSync(bytes.subarray(done));
    }
  } catch (error) {
    if (!isOfSystem(error)) throw error;
  }
}

/** Whether the operating system said no. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    /^E[A-Z0-9]+$/.test(String(error.code));
}

/** What a line says of an error whose message may quote a secret. */
export function kindOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
