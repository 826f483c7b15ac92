/**
 * What `configure`, `begin` and `extend` answer instead of a number ≥ 0.
 * Values are part of the ABI: never renumber.
 */
export namespace Status {
  /** The access unit does not fit the frame region. */
  export const TOO_LARGE: i32 = -1;
  /** The access unit does not begin with a start code (B.1.1). */
  export const NO_START_CODE: i32 = -2;
  /** More NAL units than `NAL_UNITS_MAX`. */
  export const TOO_MANY_NAL_UNITS: i32 = -3;
  /** A size, payload type or extension outside what RTP allows. */
  export const INVALID_ARGUMENT: i32 = -4;
}
