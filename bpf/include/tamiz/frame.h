/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Keys of frames, as rules of expressions read them (compiler/opt/frame*.c,
 * frame_key.bpf.h): plain loads at fixed places, whatever they mean. A frame
 * has two: `link` has the source's MAC address in addr[1], the destination's in
 * addr[3] and the EtherType for a source port; `net` what IPv4, ARP, RARP or
 * IPv6 has there by the EtherType, addresses and ports in the places of
 * tz_packet_key, a protocol whose header begins otherwise too. What the frame
 * does not have is 0.
 *
 * A load behind the end ends an expression: so the low bits of l4 say how far
 * the frame reaches, a bit for each end of a field. Nearly all frames have all
 * of it. They are whole (class 0), and their tables do not ask for these bits:
 * 14 bytes for `link`; for `net` besides, with the EtherType of IPv4, 34, and 4
 * behind the options, 14 of TCP that is no later fragment; of ARP and RARP 42;
 * of IPv6 58, of TCP 68.
 */
#ifndef TAMIZ_FRAME_H
#define TAMIZ_FRAME_H

enum tz_frame_kind {
	TZ_FRAME_OTHER, /* has no key `net` */
	TZ_FRAME_IPV4,
	TZ_FRAME_ARP,
	TZ_FRAME_RARP,
	TZ_FRAME_IPV6,
};

/* Of `net`: the kind, but of IPv6, whose tables are its own. */
#define TZ_FRAME_KIND_SHIFT 14
/* The protocol is SCTP, TCP or UDP. */
#define TZ_FRAME_PORTS (1ull << 13)
/* IPv4: no fragment but the first. */
#define TZ_FRAME_UNFRAGMENTED (1ull << 12)

/* END(bit, n): the frame has its first n bytes. */
#define TZ_FRAME_ENDS_LINK(END) END(0, 6) END(1, 12) END(2, 14)
#define TZ_FRAME_ENDS_IPV4(END) \
	END(0, 15) END(1, 22) END(2, 24) END(3, 30) END(4, 34)
#define TZ_FRAME_ENDS_ARP(END) END(3, 32) END(4, 42)
#define TZ_FRAME_ENDS_IPV6(END)                                           \
	END(0, 21)                                                        \
	END(1, 26) END(2, 30) END(3, 34) END(4, 38) END(5, 42) END(6, 46) \
		END(7, 50) END(8, 54) END(9, 55) END(10, 56) END(11, 58)  \
			END(12, 68)
/* The same from the end of IPv4's header, where it says that it ends. */
#define TZ_FRAME_ENDS_BEHIND(END) END(5, 1) END(6, 2) END(7, 4) END(8, 14)

#endif
