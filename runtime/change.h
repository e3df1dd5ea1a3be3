/* SPDX-License-Identifier: GPL-2.0-only */
/* A change, and its steps for one device. */
#pragma once

#include <tamiz/runtime.h>

#include "runtime/attach_xdp.h"
#include "runtime/journal.h"
#include "runtime/pin.h"
#include "runtime/state.h"

/* One device's part, on its way. */
struct tz_part {
	const struct tamiz_change *change;
	struct tamiz_device device;
	struct tamiz_program *program;
	struct tz_state before; /* replace */
	unsigned int gen;
	int link;  /* attach */
	int trial; /* with a deadline; else -1 */
	struct tz_xdp_displaced displaced;
	bool is_pinned, is_committed;
};

struct tz_job {
	struct tz_pins pins;
	const struct tamiz_attach_options *options;
	struct tamiz_notes *notes;
	struct tamiz_message *message;
	struct tz_part *parts;
	size_t n;
	bool is_replace;
	uint64_t until_ns;              /* of a trial, or 0 */
	char word[TZ_JOURNAL_WORD_LEN]; /* "" when there is one device only */
};

/*
 * The steps in their order: all devices go through one before the next. Up to
 * pin nothing changes that a packet meets.
 */
int tz_part_find(struct tz_job *job, struct tz_part *part);
/* Or says why the device cannot take part in this kind of change. */
int tz_part_open(struct tz_job *job, struct tz_part *part);
int tz_part_load(struct tz_job *job, struct tz_part *part);
int tz_part_pin(struct tz_job *job, struct tz_part *part);
/* A root that knows the device's present address, for the rules of before. */
int tz_part_commit_root(struct tz_job *job, struct tz_part *part);
int tz_part_commit(struct tz_job *job, struct tz_part *part);
/* Back to what was before. */
void tz_part_undo(struct tz_job *job, struct tz_part *part);
void tz_part_close(struct tz_part *part);
