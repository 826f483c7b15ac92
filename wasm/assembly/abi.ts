// The module's exports; wasm/README.md documents them. Nothing else is in it.

export { begin, configure } from "./packetizer";
export { extend, next } from "./packets";
export {
  ACCESS_UNIT_SIZE_MAX,
  EXTENSION,
  EXTENSION_SIZE_MAX,
  FACTS,
  FRAME,
  NAL_UNITS_MAX,
  PACKET,
  PARAMETER_SET_SIZE_MAX,
  PARAMETER_SETS,
  PARAMETER_SETS_MAX,
} from "./memory";
