/** RFC 6184 section 8.1: profile_idc, constraint flags, level_idc in hex. */
export function profileLevelIdText(value: number): string {
  return value.toString(16).padStart(6, "0");
}
