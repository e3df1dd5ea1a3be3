/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside cbpf/: the instructions and what they take, by code and by name. */
#pragma once

#include "cbpf/cbpf.h"

/* What an instruction is written with. */
enum tz_cbpf_operand {
	TZ_CBPF_NONE,
	TZ_CBPF_A,
	TZ_CBPF_X,
	TZ_CBPF_K,   /* #k */
	TZ_CBPF_ABS, /* [k], or what the kernel knows, by name */
	TZ_CBPF_IND, /* [x + k] */
	TZ_CBPF_MSH, /* 4*([k]&0xf) */
	TZ_CBPF_MEM, /* M[k] */
	TZ_CBPF_LEN,
	TZ_CBPF_TO,   /* label */
	TZ_CBPF_K_TO, /* #k, label, label */
	TZ_CBPF_X_TO, /* x, label, label */
};

struct tz_cbpf_code {
	const char *name; /* NULL: the kernel has no such instruction */
	uint16_t code;
	enum tz_cbpf_operand operand;
};

/* Names of bpf_asm that say the same with other words. */
struct tz_cbpf_alias {
	const char *name, *means;
	bool is_inverted; /* jumps where @means does not */
};

#define TZ_CBPF_N_CODES 256
extern const struct tz_cbpf_code tz_cbpf_codes[TZ_CBPF_N_CODES];
extern const struct tz_cbpf_alias tz_cbpf_aliases[];
extern const size_t tz_cbpf_n_aliases;

/* NULL when the kernel has none. */
const struct tz_cbpf_code *tz_cbpf_code(uint16_t code);
/* SKF_AD_*: what bpf_asm calls it, or NULL. */
const char *tz_cbpf_ad_name(uint32_t number);
/* Whether @name (@len bytes) is one of those; its number. */
bool tz_cbpf_ad_find(const char *name, size_t len, uint32_t *number);
