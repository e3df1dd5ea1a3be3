/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a classic BPF program reads: the bytes of a packet, where its headers
 * begin, and what the kernel knows of it beside them. Shared by the
 * interpreter of programs (cbpf/run.c) and that of flow graphs (flow/eval.c).
 */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The SKF_AD_* of <linux/filter.h>, in steps of four. */
#define TZ_AD_N (SKF_AD_MAX / 4)

struct tz_filter_packet {
	const uint8_t *frame; /* what was captured, from the link header on */
	size_t frame_len;
	size_t data;          /* where offset 0 is, in the frame */
	size_t net;           /* the network header: SKF_NET_OFF */
	bool has_no_link;     /* one of this host's own: SKF_LL_OFF fails */
	uint32_t len;         /* of the packet on the wire, from data on */
	uint64_t has_ad;      /* which of ad[] are known, a bit each */
	uint32_t ad[TZ_AD_N]; /* by (number / 4) */
};

/*
 * Loads @size (1, 2, 4) bytes at @offset, big-endian, as the kernel does:
 * an offset with the sign bit counts from SKF_NET_OFF or SKF_LL_OFF. False
 * when the packet is too short: the filter answers 0 then.
 * Source: net/core/filter.c, bpf_internal_load_pointer_neg_helper.
 */
bool tz_filter_load(const struct tz_filter_packet *packet, uint32_t offset,
		    unsigned int size, uint32_t *value);
/* What SKF_AD_OFF + @number holds; false: unknown, as a load that fails. */
bool tz_filter_load_ad(const struct tz_filter_packet *packet, uint32_t number,
		       uint32_t *value);
