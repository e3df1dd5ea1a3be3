/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a change does to one device: finds it, opens what is in force, loads,
 * and puts the new program in the place of the old by one system call: the
 * link of a device that had none, the rules slot of one that had rules.
 */
#include "runtime/change.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <tamiz/abi.h>

#include "runtime/answer.h"
#include "runtime/live.h"
#include "runtime/load.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/scope.h"
#include "runtime/set.h"
#include "runtime/set_pin.h"
#include "runtime/settle.h"
#include "runtime/source.h"
#include "runtime/trial.h"

int tz_part_find(struct tz_job *job, struct tz_part *part)
{
	return tamiz_device_find(part->change->ifname, part->change->upper,
				 &part->device, job->notes, job->message);
}

/* Who forgets --monitor would drop what so far was only counted. */
static void note_mode(const struct tz_job *job, const struct tz_part *part)
{
	uint32_t flags;

	if (tz_state_flags(&part->before, &flags) == 0 &&
	    (flags & TZ_CONTROL_MONITOR) && !job->options->monitor)
		tz_note(job->notes,
			"%s was in monitor mode: the new rules drop (--monitor "
			"keeps it)",
			part->change->ifname);
}

static int check_replaced(const struct tz_job *job, const struct tz_part *part)
{
	const char *ifname = part->change->ifname;
	const struct tz_state *before = &part->before;

	if (before->ifindex != part->device.ifindex)
		return tz_message_fail(job->message, -ENODEV,
				       "%s is not the device that the rules "
				       "were attached to (index %u, now %u)",
				       ifname, before->ifindex,
				       part->device.ifindex);
	if (before->trial == TAMIZ_TRIAL_WAITING)
		return tz_message_fail(job->message, -EBUSY,
				       "the rules of %s are unconfirmed: "
				       "confirm them or roll them back first",
				       ifname);
	if (before->is_void)
		return tz_message_fail(job->message, -ENOENT,
				       "the rules of %s were not confirmed in "
				       "time: attach them",
				       ifname);
	if (before->old_counters.fd >= 0 && !job->options->dry_run)
		return tz_message_fail(job->message, -EAGAIN,
				       "what %s counted before its last change "
				       "cannot be added up, and would be lost",
				       ifname);
	note_mode(job, part);
	return 0;
}

/* At tc there is room for all. What is displaced stays so at a deadline. */
static int check_foreign(const struct tz_job *job, const struct tz_part *part)
{
	const struct tamiz_attach_options *options = job->options;
	const char *ifname = part->change->ifname;
	int n;

	if (part->device.hook != TAMIZ_HOOK_XDP)
		return 0;
	n = tz_xdp_check_foreign(ifname, part->device.ifindex, options->force,
				 job->notes, job->message);
	if (n > 0 && options->confirm_s)
		return tz_message_fail(job->message, -EBUSY,
				       "%s runs another XDP program, which "
				       "would not come back by itself: "
				       "--confirm cannot be had with --force "
				       "there",
				       ifname);
	return n < 0 ? n : 0;
}

int tz_part_open(struct tz_job *job, struct tz_part *part)
{
	const char *ifname = part->change->ifname;
	int error =
		tz_state_open(&job->pins, ifname, &part->before, job->message);

	if (job->is_replace && error == -ENOENT)
		return tz_message_fail(job->message, error,
				       "%s has no rules of tamiz: attach them",
				       ifname);
	if (job->is_replace)
		return error ? error : check_replaced(job, part);
	if (!error && !part->before.is_void)
		return tz_message_fail(job->message, -EEXIST,
				       "%s has rules of tamiz already: replace "
				       "or detach them",
				       ifname);
	if (error && error != -ENOENT)
		return error;
	/* That there is a program of ours is known. */
	return part->before.is_void ? 0 : check_foreign(job, part);
}

static int copy_fd(int *to, int from)
{
	*to = fcntl(from, F_DUPFD_CLOEXEC, 3);
	return *to < 0 ? -errno : 0;
}

static int share_stages(struct tz_part *part)
{
	int *fds = part->program->fds;
	int error = copy_fd(&fds[TAMIZ_STAGES], part->before.stages);

	if (!error)
		error = copy_fd(&fds[TAMIZ_SCRATCH], part->before.scratch);
	if (!error)
		error = copy_fd(&fds[TAMIZ_OUTCOMES], part->before.outcomes);
	return error;
}

/* The maps of the log, by their pins; they outlast generations. */
static const struct {
	const char *name;
	enum tamiz_handle handle;
} log_pins[] = {
	{ "log", TAMIZ_LOG },
	{ "logcounts", TAMIZ_LOG_COUNTS },
};

#define N_LOG_PINS (sizeof(log_pins) / sizeof(log_pins[0]))

/* A ring that the device has is written on: somebody may be reading it. */
static void share_log(const struct tz_job *job, struct tz_part *part)
{
	for (size_t i = 0; i < N_LOG_PINS; i++) {
		int fd = tz_pin_get(&job->pins, part->change->ifname,
				    log_pins[i].name, 0);

		part->program->fds[log_pins[i].handle] = fd < 0 ? -1 : fd;
	}
}

static int pin_log(const struct tz_job *job, const struct tz_part *part)
{
	int error = 0;

	for (size_t i = 0; i < N_LOG_PINS && !error; i++) {
		int fd = part->program->fds[log_pins[i].handle];

		if (fd >= 0)
			error = tz_pin_put(&job->pins, part->change->ifname,
					   log_pins[i].name, 0, fd);
		if (error == -EEXIST)
			error = 0;
	}
	return error;
}

/* The root knows the device's address; since then it may have changed. */
static bool has_new_address(const struct tz_part *part)
{
	char mac[TZ_META_MAC_LEN];

	if (part->device.hook != TAMIZ_HOOK_XDP)
		return false;
	tz_meta_mac(part->device.mac, mac);
	return strcmp(mac, tz_meta_text(part->before.meta, "mac"));
}

/* What the program is told before a packet meets it. */
static int set_control(const struct tz_job *job, const struct tz_part *part)
{
	const struct tamiz_change *change = part->change;
	struct tz_control control = {
		.flags = job->options->monitor ? TZ_CONTROL_MONITOR : 0,
		.generation = part->gen,
	};
	const uint32_t zero = 0;

	if (change->options->answers == TAMIZ_ANSWERS_XDP &&
	    !tz_answer_goes_out(change, part->device.ifindex, job->notes))
		control.flags |= TZ_CONTROL_NO_ANSWERS;
	return bpf_map_update_elem(part->program->fds[TAMIZ_CONTROL], &zero,
				   &control, BPF_ANY);
}

/* No number comes twice, also not that of one that was rolled back. */
static unsigned int next_generation(const struct tz_part *part)
{
	uint64_t last = tz_meta_number(part->before.meta, "last");

	return (last > part->before.gen ? (unsigned int)last
					: part->before.gen) +
	       1;
}

int tz_part_load(struct tz_job *job, struct tz_part *part)
{
	const struct tamiz_change *change = part->change;
	int error = 0;

	part->program = tz_program_new();
	if (!part->program)
		return -ENOMEM;
	if (job->is_replace)
		error = share_stages(part);
	if (!error && job->is_replace)
		share_log(job, part);
	if (!error && (!job->is_replace || has_new_address(part)))
		error = tz_load_root(part->program, &part->device,
				     job->message);
	if (!error && job->is_replace)
		error = tz_sets_take(job, part);
	if (part != job->parts)
		part->program->twin = part[-1].program;
	if (!error)
		error = tz_load_rules(part->program, change->object,
				      change->text, job->message);
	if (!error)
		error = tz_sets_fill(part->program, change->rules,
				     change->sets_read_ns, job->message);
	if (error)
		return error;
	part->gen = next_generation(part);
	return set_control(job, part);
}

static json_t *make_meta(const struct tz_job *job, const struct tz_part *part)
{
	_cleanup_json_ json_t *meta =
		tz_meta_make(part->change, &part->device, part->gen);
	int error = meta ? 0 : -ENOMEM;

	if (!error && part->before.meta)
		error = tz_count_carry(meta, part->before.meta);
	if (!error &&
	    json_object_set_new(meta, "sets",
				tz_sets_describe(part->change->rules)))
		error = -ENOMEM;
	if (!error &&
	    (json_object_set_new(meta, "change", json_string(job->word)) ||
	     json_object_set_new(meta, "confirm_until",
				 json_integer((json_int_t)job->until_ns))))
		error = -ENOMEM;
	if (!error && part->change->memory)
		error = tz_live_recall(part->change->memory, meta);
	else if (!error && job->options->live &&
		 part->change->options->mode == TAMIZ_MODE_OFFLOAD)
		error = tz_live_remember(job->options->live, meta);
	return error ? NULL : TAKE_PTR(meta);
}

/* What a trial needs is whole before it is in the slot of the rules. */
static int pin_trial(struct tz_job *job, struct tz_part *part)
{
	const int *fds = part->program->fds;
	_cleanup_close_ int before =
		job->is_replace ? tz_pin_get(&job->pins, part->change->ifname,
					     "rules", part->before.gen)
				: -1;

	if (job->is_replace && before < 0)
		return before;
	/* they come back by themselves, and nobody looks at that moment */
	if (job->is_replace) {
		int error = tz_state_doubt_requests(
			&job->pins, part->change->ifname, part->before.gen);

		if (error)
			return error;
	}
	part->trial = tz_trial_load(part->device.hook, fds[TAMIZ_STAGES],
				    job->until_ns, job->message);
	if (part->trial < 0)
		return part->trial;

	int error = tz_pin_put(&job->pins, part->change->ifname, "trial",
			       part->gen, part->trial);

	return error ? error
		     : tz_trial_fill(fds[TAMIZ_STAGES], fds[TAMIZ_RULES],
				     before);
}

/* The rules last: whoever has those has all. */
static int pin_generation(struct tz_job *job, struct tz_part *part)
{
	const char *ifname = part->change->ifname;
	const int *fds = part->program->fds;
	_cleanup_json_ json_t *json = make_meta(job, part);
	_cleanup_close_ int meta = json ? tz_meta_store(json) : -ENOMEM;
	const struct {
		const char *name;
		int fd;
	} pinned[] = {
		{ "meta", meta },
		{ "counters", fds[TAMIZ_COUNTERS] },
		{ "control", fds[TAMIZ_CONTROL] },
		{ "rules", fds[TAMIZ_RULES] },
	};
	int error = meta < 0 ? meta : 0;

	if (!error)
		error = tz_source_pin(&job->pins, part->change, part->gen,
				      job->notes);
	if (!error)
		error = pin_log(job, part);
	if (!error)
		error = tz_sets_pin(job, part);
	if (!error && job->until_ns)
		error = pin_trial(job, part);
	for (size_t i = 0; i < sizeof(pinned) / sizeof(pinned[0]) && !error;
	     i++)
		error = tz_pin_put(&job->pins, ifname, pinned[i].name,
				   part->gen, pinned[i].fd);
	return error;
}

static int pin_shared(const struct tz_job *job, const struct tz_part *part)
{
	const char *ifname = part->change->ifname;
	const int *fds = part->program->fds;
	const struct {
		const char *name;
		int fd;
	} shared[] = {
		{ "root", fds[TAMIZ_ROOT] },
		{ "stages", fds[TAMIZ_STAGES] },
		{ "scratch", fds[TAMIZ_SCRATCH] },
		{ "outcomes", fds[TAMIZ_OUTCOMES] },
	};
	int error = tz_pin_make_device(&job->pins, ifname);

	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		if (error)
			return error;
		error = tz_pin_put(&job->pins, ifname, shared[i].name, 0,
				   shared[i].fd);
	}
	return error;
}

static int fill_slot(const struct tz_part *part)
{
	const int *fds = part->program->fds;

	return tz_load_set_stage(fds[TAMIZ_STAGES], TZ_STAGE_RULES,
				 part->trial >= 0 ? part->trial
						  : fds[TAMIZ_RULES]);
}

int tz_part_pin(struct tz_job *job, struct tz_part *part)
{
	int error = 0;

	part->is_pinned = true;
	if (!job->is_replace)
		error = pin_shared(job, part);
	if (!error)
		error = pin_generation(job, part);
	if (!error && !job->is_replace)
		error = fill_slot(part);
	if (error)
		tz_message_fail(job->message, error,
				"cannot pin the program for %s: %s",
				part->change->ifname, strerror(-error));
	return error;
}

static int attach_at_xdp(struct tz_job *job, struct tz_part *part)
{
	const char *ifname = part->change->ifname;
	int error = job->options->force ? tz_xdp_displace(part->device.ifindex,
							  &part->displaced)
					: 0;

	if (error)
		return tz_message_fail(job->message, error,
				       "cannot displace the program of %s: %s",
				       ifname, strerror(-error));
	return tz_xdp_attach(
		ifname, part->device.ifindex, part->program->fds[TAMIZ_ROOT],
		job->options->native_only, job->notes, job->message);
}

static int attach_part(struct tz_job *job, struct tz_part *part)
{
	const char *ifname = part->change->ifname;
	int error;

	part->link = part->device.hook == TAMIZ_HOOK_XDP
			     ? attach_at_xdp(job, part)
			     : tz_tc_attach(ifname, &part->device,
					    part->program->fds[TAMIZ_ROOT],
					    job->message);
	if (part->link < 0)
		return part->link;
	error = tz_pin_put(&job->pins, ifname, "link", 0, part->link);
	if (error)
		return tz_message_fail(job->message, error,
				       "cannot pin the link of %s: %s", ifname,
				       strerror(-error));
	return 0;
}

static int fail_replace(const struct tz_job *job, const struct tz_part *part,
			int error)
{
	return tz_message_fail(job->message, error,
			       "cannot replace the rules of %s: %s",
			       part->change->ifname, strerror(-error));
}

/*
 * Before the rules: killed in between, the metadata still has the old address,
 * and the next replace does this again.
 */
int tz_part_commit_root(struct tz_job *job, struct tz_part *part)
{
	int root = part->program->fds[TAMIZ_ROOT];

	if (!job->is_replace || root < 0)
		return 0;

	int error = bpf_link_update(part->before.link, root, NULL);

	if (!error)
		error = tz_pin_swap(&job->pins, part->change->ifname, "root", 0,
				    root);
	return error ? fail_replace(job, part, error) : 0;
}

int tz_part_commit(struct tz_job *job, struct tz_part *part)
{
	if (!job->is_replace)
		return attach_part(job, part);

	int error = fill_slot(part);

	part->is_committed = !error;
	return error ? fail_replace(job, part, error) : 0;
}

void tz_part_undo(struct tz_job *job, struct tz_part *part)
{
	const char *ifname = part->change->ifname;

	if (!part->is_pinned)
		return;
	if (!job->is_replace) {
		if (part->link >= 0)
			bpf_link_detach(part->link);
		tz_xdp_restore(part->device.ifindex, &part->displaced);
		tz_pin_remove_device(&job->pins, ifname);
		return;
	}

	_cleanup_close_ int rules =
		tz_pin_get(&job->pins, ifname, "rules", part->before.gen);

	if (part->is_committed && rules >= 0)
		tz_load_set_stage(part->before.stages, TZ_STAGE_RULES, rules);
	tz_settle(&job->pins, ifname, NULL, NULL);
}

void tz_part_close(struct tz_part *part)
{
	tz_scope_close(&part->link);
	tz_scope_close(&part->trial);
	tz_xdp_displaced_close(&part->displaced);
	tamiz_program_free(part->program);
	tz_state_close(&part->before);
}
