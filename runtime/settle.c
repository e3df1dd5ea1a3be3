/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A replaced program may still be counting a packet on another CPU. Its
 * counters are final after a grace period of RCU, which membarrier(2) waits
 * for; only then are they folded into the metadata, which takes the place of
 * the old metadata by one rename(2).
 */
#include "runtime/settle.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/membarrier.h>
#include <string.h>
#include <sys/syscall.h>
#include <tamiz/abi.h>
#include <unistd.h>

#include "runtime/journal.h"
#include "runtime/load.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/scope.h"
#include "runtime/state.h"
#include "runtime/trial.h"

/*
 * A change of a map in a map waits for running programs, too: kernel/bpf/
 * syscall.c:maybe_wait_bpf_programs.
 */
static int wait_by_map(void)
{
	const uint32_t key = 0;
	_cleanup_close_ int inner = bpf_map_create(
		BPF_MAP_TYPE_ARRAY, "tz_inner", sizeof(key), 8, 1, NULL);
	LIBBPF_OPTS(bpf_map_create_opts, opts, .inner_map_fd = (uint32_t)inner);

	if (inner < 0)
		return inner;

	_cleanup_close_ int outer =
		bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "tz_outer",
			       sizeof(key), sizeof(key), 1, &opts);

	return outer < 0 ? outer
			 : bpf_map_update_elem(outer, &key, &inner, BPF_ANY);
}

/*
 * Every program that was running when this is called has ended after it.
 * membarrier(2) is refused where nohz_full is in use, and in some sandboxes.
 */
static int wait_for_programs(void)
{
	if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) == 0)
		return 0;
	return wait_by_map();
}

static int fold(const struct tz_pins *pins, const char *ifname,
		struct tz_state *state)
{
	int error = tz_count_fold(state->meta, &state->old_counters);

	if (error)
		return error;

	_cleanup_close_ int fd = tz_meta_store(state->meta);

	return fd < 0 ? fd : tz_pin_swap(pins, ifname, "meta", state->gen, fd);
}

struct follow {
	bool has_renamed;
	int error;
};

/*
 * Whether what is pinned under the name is of that device: a copy of it under
 * another name stays where it is, or the two would change places for ever.
 */
static bool is_in_place(const struct tz_pins *pins, const char *ifname)
{
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;

	return !tz_state_open(pins, ifname, &state, NULL) &&
	       !strcmp(state.ifname, ifname);
}

/* One at a time: what is listed changes under our hands. */
static int follow_name(const struct tz_pins *pins, const char *ifname,
		       void *arg)
{
	struct follow *follow = arg;
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;

	if (tz_state_open(pins, ifname, &state, NULL) || !*state.ifname ||
	    !strcmp(state.ifname, ifname) || is_in_place(pins, state.ifname))
		return 0;
	follow->error = tz_pin_rename_device(pins, ifname, state.ifname);
	follow->has_renamed = !follow->error;
	return 1;
}

/* Each step puts at least one into its place for good. */
int tz_settle_names(const struct tz_pins *pins)
{
	struct follow follow;
	int error;

	do {
		follow = (struct follow){ 0 };
		error = tz_pin_each(pins, follow_name, &follow);
	} while (follow.has_renamed);
	return error < 0 ? error : follow.error;
}

/*
 * The old rules have been in force since the deadline: says so for good. The
 * metadata first, which are the same before and after.
 */
static int return_for_good(const struct tz_pins *pins, const char *ifname,
			   struct tz_state *state)
{
	_cleanup_close_ int rules =
		tz_pin_get(pins, ifname, "rules", state->gen);
	_cleanup_close_ int meta = tz_meta_store(state->meta);

	if (rules < 0 || meta < 0)
		return rules < 0 ? rules : meta;

	int error = tz_pin_swap(pins, ifname, "meta", state->gen, meta);

	if (!error)
		error = tz_load_set_stage(state->stages, TZ_STAGE_RULES, rules);
	if (!error)
		state->trial = TAMIZ_TRIAL_NONE;
	return error;
}

static int end_trial(const struct tz_pins *pins, const char *ifname,
		     struct tz_state *state, struct tamiz_notes *notes)
{
	tz_note(notes,
		"%s: generation %u was not confirmed in time and has been "
		"rolled back",
		ifname, state->tried);
	if (!state->is_void)
		return return_for_good(pins, ifname, state);

	int error = bpf_link_detach(state->link);

	return error ? error : tz_pin_remove_device(pins, ifname);
}

/* No trial: what was replaced is final once it has been waited for. */
static int finish_counts(const struct tz_pins *pins, const char *ifname,
			 struct tz_state *state)
{
	uint32_t tried = TZ_STAGE_TRIED, id = 0;
	bool has_tried =
		bpf_map_lookup_elem(state->stages, &tried, &id) == 0 && id;
	bool has_old = state->old_counters.fd >= 0;
	int error = has_tried || has_old ? wait_for_programs() : 0;

	/* Without a grace period the old counters stay, and are added lazily.
	 */
	if (error)
		return error;
	if (has_tried)
		tz_trial_empty(state->stages);
	return has_old ? fold(pins, ifname, state) : 0;
}

int tz_settle(const struct tz_pins *pins, const char *ifname,
	      struct tamiz_notes *notes, struct tamiz_message *message)
{
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;
	int error = tz_state_open(pins, ifname, &state, message);

	if (error == -ENOENT)
		return tz_pin_remove_device(pins, ifname);
	if (!error && state.trial == TAMIZ_TRIAL_OVER) {
		error = end_trial(pins, ifname, &state, notes);
		if (state.is_void)
			return error;
	}
	if (!error && state.trial == TAMIZ_TRIAL_NONE) {
		error = finish_counts(pins, ifname, &state);
		if (error)
			tz_message_fail(message, error,
					"cannot add the old counters of %s: %s",
					ifname, strerror(-error));
	}
	if (error)
		return error;

	const unsigned int kept[] = {
		state.gen,
		(unsigned int)tz_meta_number(state.meta, "before"),
	};

	return tz_pin_remove_others(pins, ifname, kept, 2,
				    state.trial != TAMIZ_TRIAL_NONE);
}

static int settle_device(const struct tz_pins *pins, const char *ifname,
			 void *arg)
{
	struct tamiz_notes *notes = arg;
	int error = tz_settle(pins, ifname, notes, NULL);

	if (error)
		tz_note(notes, "%s: cannot put its pins in order: %s", ifname,
			strerror(-error));
	return 0;
}

void tz_settle_all(const struct tz_pins *pins, struct tamiz_notes *notes)
{
	int error = tz_settle_names(pins);

	if (error)
		tz_note(notes, "cannot follow the names of devices: %s",
			strerror(-error));
	tz_journal_finish(pins, notes);
	tz_pin_each(pins, settle_device, notes);
}
