/**
 * What is wrong with a configuration, in words.
 *
 * @module
 */

/** One problem: where it stands and what was expected. */
export interface Problem {
  /** `nalgate.yaml:3:9`, or `NALGATE_LISTEN`, or `--listen`. */
  readonly where: string;
  /** `cameras.front.sink`; empty for the file as a whole. */
  readonly key: string;
  readonly text: string;
}

/** One problem on one line. */
export function problemLine({ where, key, text }: Problem): string {
  return [where, key, text].filter((part) => part !== "").join(": ");
}

/** A configuration that cannot be used, with every problem it has. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(readonly problems: readonly Problem[]) {
    super(problems.map(problemLine).join("\n"));
  }
}
