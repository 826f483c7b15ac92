#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Gives each fuzzer a start: a header that is right, a stream, an offer.
# Usage: seeds.sh FUZZERS_FOLDER
set -eu
cd "$1"
mkdir -p fuzz_memsink.corpus fuzz_packetizer.corpus fuzz_sdp.corpus

# Magic, version 10, id 1, 11 bytes of data, 640 x 480, H264; twice.
half() {
  printf '\276\272\376\312\276\272\376\312\012\0\0\0\0\0\0\0%b' "\\00$1"
  printf '\0\0\0\0\0\0\0\013\0\0\0\0\0\0\0'
  head -c 36 /dev/zero
  printf '\200\002\0\0\340\001\0\0H264\0\0\0\0\001\001\0\0\036\0\0\0'
  head -c 68 /dev/zero
  printf '\0\0\0\001\145\210\204\001\002\003\004'
}
{ printf '\006'; half 1; half 2; } > fuzz_memsink.corpus/v10

# A length, then SPS, PPS and an IDR slice.
{
  printf '\000\054\0\0\0\001\147\102\300\013\332\005\007\354\004\100\0\0\003\0'
  printf '\100\0\0\003\002\203\305\012\250\0\0\0\001\150\316\017\310'
  printf '\0\0\0\001\145\210\204\001\002'
} > fuzz_packetizer.corpus/idr

printf '%s\r\n' v=0 'm=audio 9 UDP/TLS/RTP/SAVPF 111' \
  'm=video 9 UDP/TLS/RTP/SAVPF 102' a=recvonly 'a=rtpmap:102 H264/90000' \
  'a=fmtp:102 packetization-mode=1;profile-level-id=42e01f' \
  'a=rtcp-fb:102 nack pli' 'a=extmap:3/recvonly urn:3gpp:video-orientation' \
  > fuzz_sdp.corpus/offer
