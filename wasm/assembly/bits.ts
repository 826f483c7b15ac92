// Reads the bits of one NAL unit's RBSP (ITU-T H.264 sections 7.2 and 9.1),
// leaving out emulation prevention bytes on the way. One reader at a time.
// Never reads outside the unit: past its end come zeros and `exhausted`.

let next: usize = 0;
let end: usize = 0;
let current: u32 = 0;
let bitsLeft: u32 = 0;
let zeros: u32 = 0;
let isExhausted: bool = false;

/** No header that is read here is longer; bounds the work per NAL unit. */
const SIZE_MAX: u32 = 512;

/** Starts behind the NAL unit's header byte. */
export function openBits(address: usize, size: u32): void {
  next = address + 1;
  end = address + min(size, SIZE_MAX);
  bitsLeft = 0;
  zeros = 0;
  isExhausted = false;
}

/** Whether something was read that is not there, or was malformed. */
export function exhausted(): bool {
  return isExhausted;
}

function readByte(): u32 {
  if (next < end && zeros >= 2 && load<u8>(next) === 3) {
    next += 1;
    zeros = 0;
  }
  if (next >= end) {
    isExhausted = true;
    return 0;
  }
  const byte: u32 = load<u8>(next);
  next += 1;
  zeros = byte === 0 ? zeros + 1 : 0;
  return byte;
}

/** u(n), n ≤ 32. */
export function readBits(count: u32): u32 {
  let value: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (bitsLeft === 0) {
      current = readByte();
      bitsLeft = 8;
    }
    bitsLeft -= 1;
    value = value << 1 | (current >> bitsLeft & 1);
  }
  return value;
}

export function readFlag(): bool {
  return readBits(1) !== 0;
}

/** ue(v). More than 31 leading zeros cannot be, so that ends the reading. */
export function readUnsigned(): u32 {
  let leading: u32 = 0;
  while (readBits(1) === 0) {
    leading += 1;
    if (leading > 31 || isExhausted) {
      isExhausted = true;
      return 0;
    }
  }
  return (1 << leading) - 1 + readBits(leading);
}

/** se(v). */
export function readSigned(): i32 {
  const code = readUnsigned();
  const magnitude = <i32> ((code >> 1) + (code & 1));
  return (code & 1) === 0 ? -magnitude : magnitude;
}
