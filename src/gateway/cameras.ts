/**
 * The cameras by name, each with its way to an upstream.
 *
 * @module
 */

import type { CameraConfig } from "../config/config.ts";
import type { ErrorCode } from "../errors.ts";
import type { CameraReport } from "../janus/message.ts";
import { may, type Principal } from "./auth/principal.ts";
import type { CameraRoute } from "./tunnel/tunnel.ts";
import type { Upstream } from "./tunnel/upstream.ts";

/** One camera. */
export interface Camera {
  readonly name: string;
  /** What grants are matched with: `front`, or `garage/front`. */
  readonly key: string;
  readonly title: string;
  readonly route: CameraRoute;
}

/** What `GET /api/cameras` says of one camera. */
export interface ListedCamera {
  readonly name: string;
  readonly title: string;
  readonly state: string;
  readonly detail?: string | undefined;
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  readonly fps?: number | undefined;
  /** Relative to the base. */
  readonly path: string;
}

/** Finds cameras. */
export class Cameras {
  #cameras: ReadonlyMap<string, Camera> = new Map();
  /** Those out of reach, too. */
  #configured: ReadonlySet<string> = new Set();

  constructor(
    configs: readonly CameraConfig[],
    upstreams: ReadonlyMap<string, Upstream>,
  ) {
    this.replace(configs, upstreams);
  }

  /** Takes others. One whose upstream is out of reach is for the successor. */
  replace(
    configs: readonly CameraConfig[],
    upstreams: ReadonlyMap<string, Upstream>,
  ): void {
    this.#cameras = new Map(
      configs.flatMap((config) => {
        const camera = cameraOf(config, upstreams);
        return camera === undefined ? [] : [[config.name, camera]];
      }),
    );
    this.#configured = new Set(configs.map(({ name }) => name));
  }

  /** Why a viewer of a camera as it was has to go, if that is so. */
  endOf({ name, route }: Camera): ErrorCode | undefined {
    if (!this.#configured.has(name)) return "camera_removed";
    const now = this.#cameras.get(name)?.route;
    const isSameRoute = now?.upstream === route.upstream &&
      now.plugin === route.plugin && now.id === route.id;
    return isSameRoute ? undefined : "camera_moved";
  }

  find(name: string): Camera | undefined {
    return this.#cameras.get(name);
  }

  /** The configuration's first camera. */
  get default(): Camera | undefined {
    const [first] = this.#cameras.values();
    return first;
  }

  /** Those that the principal may view. */
  visibleTo(principal: Principal): readonly Camera[] {
    return [...this.#cameras.values()].filter(({ key }) =>
      may(principal, "view", key)
    );
  }
}

/** A camera with its state, as the list shows it. */
export function listed({ name, title, route }: Camera): ListedCamera {
  const report: Partial<CameraReport> = route.upstream.cameraReport(
    route.plugin,
    route.id,
  );
  const { state = "unknown", detail, width, height, fps } = report;
  const path = `cameras/${name}/`;
  return { name, title, state, detail, width, height, fps, path };
}

function cameraOf(
  config: CameraConfig,
  upstreams: ReadonlyMap<string, Upstream>,
): Camera | undefined {
  const { name, title, plugin, id } = config;
  const upstream = upstreams.get(config.upstream);
  if (upstream === undefined) return undefined;
  const route = { camera: name, upstream, plugin, id };
  return { name, key: name, title, route };
}
