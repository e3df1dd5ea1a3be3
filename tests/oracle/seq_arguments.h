/* SPDX-License-Identifier: GPL-2.0-only */
/* What `sequence` is told. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "seq_lab.h"
#include "subject.h"

enum { TZ_SEQ_PORTS_MAX = 8 };

struct tz_seq_arguments {
	struct tz_seq_options lab;
	struct tz_subject_options subject;
	const char *rules, *judge;
	uint16_t ports[TZ_SEQ_PORTS_MAX];
	size_t n_ports;
	uint64_t n_packets;
	unsigned int seed;
	size_t shown_max;
	double min_coverage;
	bool is_nft, shows_missed, is_exact;
};

/* False after a message: they are wrong. Exits when help is asked for. */
bool tz_seq_arguments_read(int argc, char *argv[],
			   struct tz_seq_arguments *arguments);
