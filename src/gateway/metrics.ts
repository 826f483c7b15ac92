/**
 * Numbers for Prometheus. Labels are names of the configuration and words of
 * ours, so that nobody can make them many; never a user, never an address.
 *
 * @module
 */

import deno from "../../deno.json" with { type: "json" };
import { namesOfKey } from "../config/config.ts";
import type { ReloadResult } from "../config/handover.ts";
import { ERRORS, GatewayError } from "../errors.ts";
import { CAMERA_STATES, isCameraState } from "../janus/status.ts";
import { type Cameras, listed } from "./cameras.ts";
import type { AppMiddleware } from "./context.ts";
import type { TunnelCounters } from "./tunnel/counters.ts";
import type { Upstream } from "./tunnel/upstream.ts";

/** Label names and values. */
type Labels = Readonly<Record<string, string>>;
type Sample = readonly [Labels, number];

/** What is counted as it happens. */
type Counted = "wsClose" | "auth" | "login" | "reload";

/** Close codes that have a meaning here; all others count as one. */
const CLOSE_CODES: ReadonlySet<number> = new Set([
  1000,
  1001,
  1002,
  1005,
  1006,
  1009,
  ...Object.values(ERRORS).map(({ close }) => close),
]);

/** Counts. */
export class Metrics {
  readonly #counts: Readonly<Record<Counted, Map<string, number>>> = {
    wsClose: new Map(),
    auth: new Map(),
    login: new Map(),
    reload: new Map(),
  };
  readonly #viewers = new Map<string, number>();

  /** A client's WebSocket has closed. */
  closed(code: number): void {
    this.#count("wsClose", CLOSE_CODES.has(code) ? String(code) : "other");
  }

  /** A viewer begins to see a camera, or ends. */
  viewing(camera: string, active: boolean): void {
    const before = this.#viewers.get(camera) ?? 0;
    this.#viewers.set(camera, before + (active ? 1 : -1));
  }

  viewersOf(camera: string): number {
    return this.#viewers.get(camera) ?? 0;
  }

  /** The configuration was read again. */
  reloaded(result: ReloadResult): void {
    this.#count("reload", result);
  }

  /** Counts of one kind, by their one label. */
  counts(kind: Counted, label: string): readonly Sample[] {
    return [...this.#counts[kind]]
      .map(([value, count]) => [{ [label]: value }, count]);
  }

  /** Counts who is let in, and signs in, by how the request ends. */
  get observe(): AppMiddleware {
    return async (c, next) => {
      await next();
      const { error } = c;
      const result = error === undefined
        ? "ok"
        : error instanceof GatewayError
        ? error.code
        : "internal";
      if (c.req.method === "POST" && SIGN_INS.has(c.req.path)) {
        return this.#count("login", result);
      }
      const isRefused = error instanceof GatewayError &&
        (error.face.status === 401 || error.face.status === 403);
      // What needs nobody's leave is not counted.
      if (isRefused) this.#count("auth", result);
      else if (c.var.principal !== undefined) this.#count("auth", "ok");
    };
  }

  #count(kind: Counted, value: string): void {
    const counts = this.#counts[kind];
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
}

const SIGN_INS: ReadonlySet<string> = new Set([
  "/api/login",
  "/api/setup",
  "/api/shares/open",
]);

/** What is looked at when somebody asks. */
export interface MetricsParts {
  readonly metrics: Metrics;
  readonly cameras: Cameras;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** The longest that the event loop was late of late, seconds. */
  readonly loopLagS: () => number;
}

/** One family of samples. */
interface Family {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly help: string;
  readonly samples: (parts: MetricsParts) => readonly Sample[];
}

const FAMILIES: readonly Family[] = [
  {
    name: "build_info",
    type: "gauge",
    help: "Versions; always 1.",
    samples: () => [[
      { version: deno.version, deno: Deno.version.deno },
      1,
    ]],
  },
  {
    name: "viewers",
    type: "gauge",
    help: "Viewers to whom a picture flows.",
    samples: ({ cameras, metrics }) =>
      cameras.all.map(({ key }) => [labelsOf(key), metrics.viewersOf(key)]),
  },
  {
    name: "camera_state",
    type: "gauge",
    help: "1 for the state that a camera is in.",
    samples: ({ cameras }) =>
      cameras.all.flatMap((camera) => {
        const { state } = listed(camera);
        const known = isCameraState(state) ? state : "unknown";
        return Object.keys(CAMERA_STATES).map((name): Sample => [
          { ...labelsOf(camera.key), state: name },
          name === known ? 1 : 0,
        ]);
      }),
  },
  {
    name: "upstream_up",
    type: "gauge",
    help: "1 while the upstream can be asked.",
    samples: ({ upstreams }) =>
      [...upstreams].map(([upstream, { state }]) => [
        { upstream },
        state === "open" ? 1 : 0,
      ]),
  },
  {
    name: "janus_version_info",
    type: "gauge",
    help: "What a Janus calls itself; always 1.",
    samples: ({ upstreams }) =>
      [...upstreams].flatMap(([upstream, { version }]) =>
        version === undefined ? [] : [[{ upstream, version }, 1]]
      ),
  },
  {
    name: "ws_close_total",
    type: "counter",
    help: "Client WebSockets that have closed.",
    samples: ({ metrics }) => metrics.counts("wsClose", "code"),
  },
  {
    name: "auth_total",
    type: "counter",
    help: "Requests that need a user.",
    samples: ({ metrics }) => metrics.counts("auth", "result"),
  },
  {
    name: "login_total",
    type: "counter",
    help: "Attempts to sign in.",
    samples: ({ metrics }) => metrics.counts("login", "result"),
  },
  {
    name: "reload_total",
    type: "counter",
    help: "Changed configurations, taken over or refused.",
    samples: ({ metrics }) => metrics.counts("reload", "result"),
  },
  {
    name: "janus_foreign_id_total",
    type: "counter",
    help: "Messages with a session id that was not that client's.",
    samples: counter("foreignIds"),
  },
  {
    name: "refused_requests_total",
    type: "counter",
    help: "Janus requests answered with an error.",
    samples: counter("refusedRequests"),
  },
  {
    name: "refused_sdps_total",
    type: "counter",
    help: "Offers and answers that the filter refused.",
    samples: counter("refusedSdps"),
  },
  {
    name: "dropped_candidates_total",
    type: "counter",
    help: "ICE candidates that went no further.",
    samples: counter("droppedCandidates"),
  },
  {
    name: "cut_clients_total",
    type: "counter",
    help: "Clients that sent too much or read too little.",
    samples: counter("cutClients"),
  },
  {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Memory of the gateway's process.",
    samples: () => [[{}, Deno.memoryUsage().rss]],
  },
  {
    name: "event_loop_lag_seconds",
    type: "gauge",
    help: "The longest delay of a timer in the last 15 seconds.",
    samples: ({ loopLagS }) => [[{}, loopLagS()]],
  },
];

/** All of it in Prometheus's text format, version 0.0.4. */
export function metricsText(parts: MetricsParts): string {
  return FAMILIES.map(({ name, type, help, samples }) => {
    const full = `nalgate_${name}`;
    const lines = samples(parts)
      .map(([labels, value]) => `${full}${labelText(labels)} ${value}\n`);
    return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join("")}`;
  }).join("");
}

function counter(field: keyof TunnelCounters): Family["samples"] {
  return ({ upstreams }) =>
    [...upstreams].map(([upstream, { counters }]) => [
      { upstream },
      counters[field],
    ]);
}

/** `front` is ours, `garage/front` another device's. */
function labelsOf(key: string): Labels {
  const { device = "", name: camera } = namesOfKey(key);
  return { device, camera };
}

/** Backslash, quote and line feed are what the format escapes. */
function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replace(/[\\"]/g, "\\$&").replaceAll("\n", "\\n");
    return `${name}="${escaped}"`;
  });
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}
