/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside backend/cbpf: blocks of instructions, and what the registers hold. A
 * block is made of each node of the graph (select.c), cleaned (peep.c), and
 * put in line (layout.c).
 */
#pragma once

#include "backend/cbpf/cbpf_emit.h"

/* Where a value can be: A, X and scratch memory. */
enum { PLACE_A, PLACE_X, PLACE_M, N_PLACES = PLACE_M + BPF_MEMWORDS };

#define NOTHING UINT32_MAX

/* The term that a place holds, or NOTHING, and the variables that equal it. */
struct tz_code_value {
	uint32_t term;
	uint32_t vars;
};

struct tz_code_state {
	struct tz_code_value at[N_PLACES];
};

struct tz_code_insn {
	struct sock_filter filter;
	struct tz_code_value value; /* of the place that it writes */
	uint32_t live; /* places that are read from here on (peep.c) */
};

enum tz_code_end { ENDS_RETURN, ENDS_JUMP, ENDS_BRANCH };

/* A way into a block, behind its first instructions if need be. */
struct tz_code_way {
	uint32_t block;
	uint32_t skip;
};

struct tz_code_block {
	TZ_VEC(struct tz_code_insn) insns; /* a return is the last of them */
	enum tz_code_end end;
	struct sock_filter branch; /* without its offsets */
	struct tz_code_way yes, no;
	/* At its end this variable becomes that term; NOTHING: none does. */
	uint32_t let_var, let_term;
	struct tz_code_state after;
	uint32_t live; /* places that are read at its end and later */
	bool is_used;
};

/* Blocks by the numbers of their nodes: ways lead to smaller numbers. */
struct tz_code {
	struct tz_arena *arena;
	const struct tz_flow *flow;
	struct tz_code_block *blocks;
	uint32_t n_blocks;
	struct tz_code_way root;
};

/* What is decided before the nodes are looked at. */
struct tz_code_plan {
	uint8_t home[TZ_FLOW_VARS]; /* the place of each variable */
	uint8_t first_temp;         /* scratch from here on is free */
	bool jumps_skip;            /* tz_code_clean */
	bool hoists;                /* tz_code_merge */
};

/* What instructions do (code.c). */
int tz_code_writes(const struct sock_filter *f);     /* a place, or -1 */
uint32_t tz_code_reads(const struct sock_filter *f); /* places, a bit each */
bool tz_code_may_fail(const struct sock_filter *f);
/* The ways out of a block: yes, then no. */
size_t tz_code_n_ways(const struct tz_code_block *block);
struct tz_code_way *tz_code_way(struct tz_code_block *block, size_t i);
/* States (code.c). */
void tz_code_clear(struct tz_code_state *state);
void tz_code_meet(struct tz_code_state *state,
		  const struct tz_code_state *other);
/* @var becomes @term: what was known of it is known no more. */
void tz_code_assign(const struct tz_flow *flow, struct tz_code_state *state,
		    uint32_t var, uint32_t term);
bool tz_code_holds(const struct tz_flow *flow, const struct tz_code_value *v,
		   uint32_t term);

/* select.c: false when @plan has no place for a value. */
bool tz_code_select(struct tz_arena *arena, const struct tz_flow *flow,
		    const struct tz_code_plan *plan, struct tz_code *code);
/* peep.c: drops what is done already, and what nobody asks for. */
void tz_code_clean(struct tz_code *code, bool jumps_skip);
/* Places that are read in and behind @block, those behind it being known. */
void tz_code_find_live(const struct tz_code *code, struct tz_code_block *block);
/* Those that are read from the instruction @i of @block on. */
uint32_t tz_code_live(const struct tz_code_block *block, size_t i);
/* merge.c: blocks that do the same become one; with @hoists, X is set early. */
void tz_code_merge(struct tz_code *code, bool hoists);
/* layout.c */
void tz_code_layout(const struct tz_code *code, struct tz_cbpf *program);
