/** A feed cannot go on: one clear sentence for a person. */
export class FeedError extends Error {
  override readonly name = "FeedError";
}
