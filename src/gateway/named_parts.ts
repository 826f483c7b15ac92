/**
 * Parts that the configuration names: opened, changed and ended as it says.
 *
 * @module
 */

/** How such parts are kept. */
export interface NamedPartsOptions<C, P> {
  readonly open: (config: C) => P;
  /** Whether a part can go on; one that cannot is opened anew. */
  readonly isKept: (before: C, after: C) => boolean;
  /** Tells a part that goes on what is new. */
  readonly change?: (part: P, config: C) => void;
}

/** All parts of one kind. */
export class NamedParts<
  C extends { readonly name: string },
  P extends AsyncDisposable,
> implements AsyncDisposable {
  readonly #options: NamedPartsOptions<C, P>;
  /** In the configuration's order. */
  readonly #parts = new Map<string, P>();
  #configs: ReadonlyMap<string, C> = new Map();
  /** Those that are about to end. */
  readonly #ending = new Set<Promise<void>>();

  constructor(options: NamedPartsOptions<C, P>) {
    this.#options = options;
  }

  get byName(): ReadonlyMap<string, P> {
    return this.#parts;
  }

  get all(): readonly P[] {
    return [...this.#parts.values()];
  }

  /**
   * Goes over to another configuration. Returns what ends the parts that are
   * no longer needed: their viewers should hear first that they have to go
   * elsewhere.
   */
  replace(configs: readonly C[]): () => void {
    const { open, isKept, change } = this.#options;
    const before = new Map(this.#parts);
    this.#parts.clear();
    for (const config of configs) {
      const { name } = config;
      const part = before.get(name);
      const old = this.#configs.get(name);
      if (part === undefined || old === undefined || !isKept(old, config)) {
        this.#parts.set(name, open(config));
        continue;
      }
      change?.(part, config);
      before.delete(name);
      this.#parts.set(name, part);
    }
    this.#configs = new Map(configs.map((config) => [config.name, config]));
    return () => before.forEach((part) => this.#end(part));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const part of this.#parts.values()) this.#end(part);
    await Promise.all(this.#ending);
  }

  #end(part: P): void {
    const ended = Promise.resolve(part[Symbol.asyncDispose]())
      .finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}
