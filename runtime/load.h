/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loaded programs as file descriptors. A root can be made, or come from pins;
 * the rules always share its stages and scratch area.
 */
#pragma once

#include <tamiz/runtime.h>

#define TZ_RULES_PROGRAM "tz_rules"
#define TZ_ROOT_PROGRAM "tz_root"

/* A set that the rules ask (set.h): the map of maps. */
struct tz_set_map {
	uint32_t number; /* of tamiz_set() */
	int fd;
	/* It is that of the rules before, with its members. */
	bool is_shared;
	/* While it is loaded: libbpf's map, which takes another one's name. */
	const void *map;
};

struct tamiz_program {
	int fds[TAMIZ_N_HANDLES]; /* -1: none */
	/*
	 * Owned. Of a program that is to be loaded: those of the rules before
	 * that are to be shared; then all that the rules ask.
	 */
	struct tz_set_map *sets;
	size_t n_sets;
	/*
	 * The rules of the device before in the same change, whose rates and
	 * counts it shares, and those of its twin: a rule counts the packets of
	 * all devices, and a program has no map that it does not ask. Not
	 * owned; NULL: none.
	 */
	const struct tamiz_program *twin;
};

struct bpf_object;

/* share.c: the maps that @rules keep states in are those of @object, too. */
int tz_share_states(struct bpf_object *object, int rules_fd);

struct tamiz_program *tz_program_new(void);

/* Makes ROOT and, unless @program has them already, STAGES and SCRATCH. */
int tz_load_root(struct tamiz_program *program,
		 const struct tamiz_device *device,
		 struct tamiz_message *message);
/*
 * Makes RULES, COUNTERS, CONTROL and, unless @program has them already,
 * OUTCOMES and, for rules that log, LOG and LOG_COUNTS. Puts nothing into the
 * stages.
 */
int tz_load_rules(struct tamiz_program *program,
		  const struct tamiz_object *object, const char *text,
		  struct tamiz_message *message);
/* Puts @prog_fd into its slot: from then on packets meet it. */
int tz_load_set_stage(int stages_fd, uint32_t stage, int prog_fd);
/* Sum over CPUs of an entry of a per-CPU map of counters. */
int tz_load_count(int map_fd, uint32_t key, struct tamiz_count *count);
