/** A sink cannot be had or written: one clear sentence for a person. */
export class SinkError extends Error {
  override readonly name = "SinkError";
}
