/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside backend/cbpf: terms into registers, with the fewest instructions. */
#pragma once

#include "backend/cbpf/code.h"

struct tz_code_writer {
	const struct tz_flow *flow;
	const struct tz_code_plan *plan;
	struct tz_arena *arena;
	struct tz_code_block *block; /* to which instructions are added */
	struct tz_code_state state;  /* after the last of them */
	uint32_t precious; /* places that later nodes read, a bit each */
	uint8_t next_temp;
	bool failed; /* a variable was lost, or there is no scratch left */
};

/* Makes A (X) hold @term. */
void tz_code_to_a(struct tz_code_writer *w, uint32_t term);
void tz_code_to_x(struct tz_code_writer *w, uint32_t term);
/* A holds @a and X holds @b. */
void tz_code_to_pair(struct tz_code_writer *w, uint32_t a, uint32_t b);
/* How many instructions tz_code_to_pair would write, about. */
unsigned int tz_code_pair_cost(const struct tz_code_writer *w, uint32_t a,
			       uint32_t b);
/* Whether a place holds @term. */
bool tz_code_is_held(const struct tz_code_writer *w, uint32_t term);
/* Writes what A holds to the scratch place @place. */
void tz_code_store(struct tz_code_writer *w, unsigned int place);
