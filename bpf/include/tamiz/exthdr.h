/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Arguments of the tests on IPv6 extension headers (compiler/model/test.def),
 * as the compiler writes them and programs read them. Plain C.
 */
#ifndef TAMIZ_EXTHDR_H
#define TAMIZ_EXTHDR_H

/* Flags of `frag`: what of the fragment header is asked. */
#define TZ_FRAG_NOT_ID 1u
#define TZ_FRAG_RES 2u
#define TZ_FRAG_FIRST 4u
#define TZ_FRAG_MORE 8u
#define TZ_FRAG_LAST 16u

/* Flags of `options`: hop-by-hop and destination options. */
#define TZ_OPTIONS_LEN 1u
#define TZ_OPTIONS_NOT_LEN 2u
#define TZ_OPTIONS_MAX 16
/* An option of the list: its type << 8 | its length; 255: any length. */
#define TZ_OPTION_ANY_LEN 0xffu

/* Flags of `rt`. */
#define TZ_RT_TYPE 1u
#define TZ_RT_NOT_TYPE 2u
#define TZ_RT_LEN 4u
#define TZ_RT_NOT_LEN 8u
#define TZ_RT_NOT_SEGMENTS 16u
#define TZ_RT_RES 32u
#define TZ_RT_ADDRESSES 64u /* these, in this order, and no others */
#define TZ_RT_AMONG 128u    /* these, in this order, among others */
#define TZ_RT_ADDRESSES_MAX 16
/* Where its arguments stand; an address is two. */
#define TZ_RT_ARG_LOW 0
#define TZ_RT_ARG_HIGH 1
#define TZ_RT_ARG_FLAGS 2
#define TZ_RT_ARG_TYPE 3
#define TZ_RT_ARG_LEN 4
#define TZ_RT_ARG_ADDRESSES 5

/* Flags of `ah6`. */
#define TZ_AH_NOT_SPI 1u
#define TZ_AH_NOT_LEN 2u
#define TZ_AH_RES 4u

/* The set of headers that `ipv6header` speaks of. */
#define TZ_HEADER_HOPOPTS 1u
#define TZ_HEADER_ROUTING 2u
#define TZ_HEADER_FRAGMENT 4u
#define TZ_HEADER_AUTH 8u
#define TZ_HEADER_ESP 16u
#define TZ_HEADER_NONE 32u
#define TZ_HEADER_DSTOPTS 64u
#define TZ_HEADER_PROTO 128u /* any other protocol ends the chain */

/* What `srh` asks, one bit each; shifted by TZ_SRH_NOT: the inverted ones. */
#define TZ_SRH_NEXT 0x0001u
#define TZ_SRH_LEN_EQ 0x0002u
#define TZ_SRH_LEN_GT 0x0004u
#define TZ_SRH_LEN_LT 0x0008u
#define TZ_SRH_SEGS_EQ 0x0010u
#define TZ_SRH_SEGS_GT 0x0020u
#define TZ_SRH_SEGS_LT 0x0040u
#define TZ_SRH_LAST_EQ 0x0080u
#define TZ_SRH_LAST_GT 0x0100u
#define TZ_SRH_LAST_LT 0x0200u
#define TZ_SRH_TAG 0x0400u
#define TZ_SRH_PSID 0x0800u /* the segment before the one at hand */
#define TZ_SRH_NSID 0x1000u /* the one after it */
#define TZ_SRH_LSID 0x2000u /* the last one */
#define TZ_SRH_NOT 16
/*
 * Its arguments: the bits above; the values as numbers; for each of the three
 * segments the address and its mask, in halves.
 */
#define TZ_SRH_ARG_BITS 0
#define TZ_SRH_ARG_NEXT 1
#define TZ_SRH_ARG_LEN 2
#define TZ_SRH_ARG_SEGS 3
#define TZ_SRH_ARG_LAST 4
#define TZ_SRH_ARG_TAG 5
#define TZ_SRH_ARG_SIDS 6
#define TZ_SRH_N_ARGS 18

#endif
