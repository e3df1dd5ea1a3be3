/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Classic BPF programs and packets by dice, for tests that compare engines. The
 * programs are ones that the kernel takes, and mostly do something: they load
 * where packets have bytes, compare with what packets have there, and meet
 * again with different things in A, X and scratch.
 */
#pragma once

#include "cbpf/cbpf.h"

struct cbpf_dice {
	uint64_t state; /* any number; the same one throws the same */
	size_t most;    /* instructions; TZ_CBPF_MAX and less */
	/* What may be read beside the packet: bits as in has_ad. */
	uint32_t ancillary;
	bool has_link; /* SKF_NET_OFF and SKF_LL_OFF are used */
};

#define CBPF_RANDOM_PACKET_MAX 64

/* A number from 0 to @n - 1; @n is at least 1. */
uint32_t cbpf_random_below(struct cbpf_dice *dice, uint32_t n);
/* @insns has room for dice->most. What an instruction does not use is 0. */
void cbpf_random_program(struct cbpf_dice *dice, struct sock_filter *insns,
			 struct tz_cbpf *program);
/* Changes something of @program; the kernel may take it still, or not. */
void cbpf_random_damage(struct cbpf_dice *dice, struct tz_cbpf *program);
/* @bytes has room for CBPF_RANDOM_PACKET_MAX; returns how many, at least 1. */
size_t cbpf_random_packet(struct cbpf_dice *dice, uint8_t *bytes);
