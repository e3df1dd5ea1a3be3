/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules on trial: bpf/trial.bpf.c, and its clock. */
#pragma once

#include <stdint.h>

#include <tamiz/runtime.h>

/* CLOCK_BOOTTIME in @seconds, in nanoseconds. */
uint64_t tz_trial_deadline(unsigned int seconds);
/* What is left until then; 0 or below: it is over. */
int64_t tz_trial_left_ms(uint64_t until_ns);

/* Loads a trial for these stages; returns the program's descriptor. */
int tz_trial_load(enum tamiz_hook hook, int stages_fd, uint64_t until_ns,
		  struct tamiz_message *message);
/*
 * Fills the slots of a trial, which nobody reads before it is in the slot of
 * the rules. @before: -1 when nothing is.
 */
int tz_trial_fill(int stages_fd, int tried_fd, int before_fd);
/*
 * Empties them, when no trial is in the slot of the rules any more, and has
 * not been since programs were waited for.
 */
void tz_trial_empty(int stages_fd);
