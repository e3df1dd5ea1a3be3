/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Confirm, rollback, enforce: changes between what is pinned, without a rule
 * file. Each device by one system call.
 */
#include <tamiz/runtime.h>

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <tamiz/abi.h>
#include <unistd.h>

#include "runtime/load.h"
#include "runtime/lock.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/scope.h"
#include "runtime/settle.h"
#include "runtime/state.h"
#include "runtime/sweep.h"
#include "runtime/tracking.h"

typedef int turn_function(const struct tz_pins *pins, const char *ifname,
			  struct tz_state *state,
			  struct tamiz_message *message);

struct turn {
	turn_function *run;
	const char *ifname; /* NULL: all */
	int nothing_to_do;  /* with all devices, no error of one of them */
	const char *late;   /* says that a trial was over; NULL: no matter */
	bool ends_late;     /* then nothing is done */
	size_t n_on_trial;
	size_t n;
	bool is_found;
	int error; /* the first */
	struct tamiz_notes *notes;
	struct tamiz_message *message;
};

static int confirm(const struct tz_pins *pins, const char *ifname,
		   struct tz_state *state, struct tamiz_message *message)
{
	_cleanup_close_ int rules =
		tz_pin_get(pins, ifname, "rules", state->gen);

	if (state->trial != TAMIZ_TRIAL_WAITING)
		return tz_message_fail(message, -EALREADY,
				       "%s has nothing to confirm", ifname);
	return rules < 0 ? rules
			 : tz_load_set_stage(state->stages, TZ_STAGE_RULES,
					     rules);
}

/* The metadata first, which nobody reads before the slot says so. */
static int go_back(const struct tz_pins *pins, const char *ifname,
		   const struct tz_state *state, unsigned int before)
{
	struct tz_counters counters;
	_cleanup_json_ json_t *json = NULL;
	int error = tz_state_generation(pins, ifname, before, &json, &counters);

	if (error)
		return error;
	error = tz_count_return(json, state->meta, &counters);
	tz_scope_close(&counters.fd);
	if (!error && tz_tracking_has_requests())
		error = tz_state_doubt_requests(pins, ifname, before);

	_cleanup_close_ int meta = error ? error : tz_meta_store(json);
	_cleanup_close_ int rules = tz_pin_get(pins, ifname, "rules", before);

	if (meta < 0 || rules < 0)
		return meta < 0 ? meta : rules;
	error = tz_pin_swap(pins, ifname, "meta", before, meta);
	return error ? error
		     : tz_load_set_stage(state->stages, TZ_STAGE_RULES, rules);
}

static int rollback(const struct tz_pins *pins, const char *ifname,
		    struct tz_state *state, struct tamiz_message *message)
{
	uint64_t before = tz_meta_number(state->meta, "before");

	if (before)
		return go_back(pins, ifname, state, (unsigned int)before);
	if (state->trial != TAMIZ_TRIAL_WAITING)
		return tz_message_fail(message, -ENODATA,
				       "%s has no older rules to go back to",
				       ifname);
	/* Before an attach there was nothing. */
	return bpf_link_detach(state->link);
}

static int enforce(const struct tz_pins *pins, const char *ifname,
		   struct tz_state *state, struct tamiz_message *message)
{
	uint32_t flags;
	int error = tz_state_flags(state, &flags);

	(void)pins;
	if (error)
		return error;
	if (state->trial == TAMIZ_TRIAL_OVER)
		return tz_message_fail(message, -ESTALE,
				       "the rules of %s were not confirmed in "
				       "time",
				       ifname);
	if (!(flags & TZ_CONTROL_MONITOR))
		return tz_message_fail(message, -EALREADY,
				       "%s is not in monitor mode", ifname);
	/* what was only counted until now may have come in */
	if (tz_tracking_has_requests())
		flags |= TZ_CONTROL_REQUESTS;
	return tz_state_set_flags(state, flags & ~TZ_CONTROL_MONITOR);
}

static int turn_device(const struct tz_pins *pins, const char *ifname,
		       struct turn *turn)
{
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;
	struct tamiz_message message = { 0 };
	int error = tz_state_open(pins, ifname, &state, &message);

	if (error == -ENOENT)
		return 0;
	turn->is_found = true;
	if (!error)
		error = turn->run(pins, ifname, &state, &message);
	if (!error) {
		turn->n++;
		return tz_settle(pins, ifname, turn->notes, turn->message);
	}
	if (!turn->ifname && error == turn->nothing_to_do)
		error = 0;
	else if (!turn->error)
		tz_message_fail(turn->message, error, "%s",
				message.text ? message.text : strerror(-error));
	tamiz_message_clear(&message);
	return error;
}

static int count_trial(const struct tz_pins *pins, const char *ifname,
		       void *arg)
{
	struct turn *turn = arg;
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;

	if ((!turn->ifname || !strcmp(turn->ifname, ifname)) &&
	    tz_state_open(pins, ifname, &state, NULL) == 0)
		turn->n_on_trial += state.trial != TAMIZ_TRIAL_NONE;
	return 0;
}

/*
 * Settles all. Who speaks of the rules that are on trial does not mean those
 * that came back when the time was over. Whether to go on.
 */
static bool settle(const struct tz_pins *pins, struct turn *turn)
{
	size_t n_before;

	tz_settle_names(pins);
	tz_pin_each(pins, count_trial, turn);
	n_before = turn->n_on_trial;
	tz_settle_all(pins, turn->notes);
	turn->n_on_trial = 0;
	tz_pin_each(pins, count_trial, turn);
	if (!turn->late || turn->n_on_trial >= n_before)
		return true;
	turn->error = tz_message_fail(turn->message, -ESTALE, "%s", turn->late);
	return !turn->ends_late;
}

/* One that fails keeps nobody from the others. */
static int turn_each(const struct tz_pins *pins, const char *ifname, void *arg)
{
	struct turn *turn = arg;
	int error = 0;

	if (!turn->ifname || !strcmp(turn->ifname, ifname))
		error = turn_device(pins, ifname, turn);
	if (!turn->error)
		turn->error = error;
	return 0;
}

static int run_turn(struct turn *turn, const char *bpffs, uint64_t netns)
{
	struct tz_pins pins;
	int error = tz_pin_open(&pins, bpffs, false, turn->message);

	if (!error) {
		tz_sweep(&pins);
		if (settle(&pins, turn))
			error = tz_pin_each(&pins, turn_each, turn);
		tz_pin_close(&pins);
	}
	/* Nothing pinned: nothing to lock. */
	if (access(pins.netns_dir, F_OK) < 0 && errno == ENOENT)
		tz_lock_remove(netns);
	if (error && error != -ENOENT)
		return error;
	if (turn->ifname && !turn->is_found && !turn->error)
		return tz_message_fail(turn->message, -ENOENT,
				       "%s has no rules of tamiz",
				       turn->ifname);
	return turn->error;
}

static int take_turn(struct turn *turn, const char *bpffs, size_t *n)
{
	uint64_t netns;
	int error;
	_cleanup_close_ int lock = tz_lock_here(false, &netns, turn->message);

	if (lock < 0)
		return lock;
	error = run_turn(turn, bpffs, netns);
	*n = turn->n;
	return error;
}

int tamiz_confirm(const char *ifname, const char *bpffs, size_t *n,
		  struct tamiz_notes *notes, struct tamiz_message *message)
{
	struct turn turn = { .run = confirm,
			     .ifname = ifname,
			     .late = "too late: rules on trial were not "
				     "confirmed in time, and those before are "
				     "in force",
			     .nothing_to_do = -EALREADY,
			     .notes = notes,
			     .message = message };

	return take_turn(&turn, bpffs, n);
}

int tamiz_rollback(const char *ifname, const char *bpffs, size_t *n,
		   struct tamiz_notes *notes, struct tamiz_message *message)
{
	struct turn turn = { .run = rollback,
			     .ifname = ifname,
			     .nothing_to_do = -ENODATA,
			     .notes = notes,
			     .message = message };

	return take_turn(&turn, bpffs, n);
}

int tamiz_enforce(const char *ifname, const char *bpffs, size_t *n,
		  struct tamiz_notes *notes, struct tamiz_message *message)
{
	struct turn turn = { .run = enforce,
			     .ifname = ifname,
			     .late = "nothing was done: the rules on trial "
				     "were not confirmed in time, and those "
				     "before are in force: look at tamiz "
				     "status first",
			     .ends_late = true,
			     .nothing_to_do = -EALREADY,
			     .notes = notes,
			     .message = message };

	return take_turn(&turn, bpffs, n);
}
