# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Sourced by tests that write captures: bytes, and the parts of a pcap file.

# hex DIGITS...: as bytes.
hex() {
	for byte in $(echo "$@" | tr -d ' ' | sed 's/../& /g'); do
		printf "\\$(printf %03o "0x$byte")"
	done
}

# le32 NUMBER: in hexadecimal digits, the least byte first.
le32() {
	printf '%02x%02x%02x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) \
		$(($1 >> 16 & 255)) $(($1 >> 24 & 255))
}

# head_of LINKTYPE: the file's header.
head_of() {
	hex d4c3b2a1 0200 0400 00000000 00000000 ffff0000 "$(le32 "$1")"
}

# record DIGITS [WIRE-LENGTH [CAPTURED]]: a packet. The time is 2001-09-09
# 01:46:40.000007.
record() {
	digits=$(echo "$1" | tr -d ' \t\n')
	n=$((${#digits} / 2))
	hex "$(le32 1000000000)" "$(le32 7)" "$(le32 "${3:-$n}")" \
		"$(le32 "${2:-$n}")" "$digits"
}
