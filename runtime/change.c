/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attach, replace and detach. A change has two halves. The first prepares:
 * loads, pins, and alters nothing that a packet meets. The second puts each
 * device over by one system call: the link of a device that had none, the
 * rules slot of one that had rules. What a killed run leaves behind is put in
 * order by the next one, before anything else.
 */
#include <tamiz/runtime.h>

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <tamiz/abi.h>
#include <unistd.h>

#include "runtime/attach_xdp.h"
#include "runtime/load.h"
#include "runtime/lock.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/scope.h"
#include "runtime/state.h"
#include "runtime/sweep.h"
#include "runtime/sys.h"

/* One device's part, on its way. */
struct part {
	const struct tamiz_change *change;
	struct tamiz_device device;
	struct tamiz_program *program;
	struct tz_state before; /* replace */
	unsigned int gen;
	int link; /* attach */
	struct tz_xdp_displaced displaced;
	bool is_pinned, is_committed;
};

struct job {
	struct tz_pins pins;
	const struct tamiz_attach_options *options;
	struct tamiz_notes *notes;
	struct tamiz_message *message;
	struct part *parts;
	size_t n;
	bool is_replace;
	int lock;
};

static const char *bpffs_or_default(const char *bpffs)
{
	return bpffs ? bpffs : TAMIZ_BPFFS;
}

static int settle_device(const struct tz_pins *pins, const char *ifname,
			 void *arg)
{
	struct job *job = arg;
	int error = tz_state_settle(pins, ifname, NULL);

	if (error)
		tz_note(job->notes, "%s: cannot put its pins in order: %s",
			ifname, strerror(-error));
	return 0;
}

static int settle_all(struct job *job)
{
	int error = tz_state_follow_names(&job->pins);

	if (error)
		tz_note(job->notes, "cannot follow the names of devices: %s",
			strerror(-error));
	tz_sweep(&job->pins);
	return tz_pin_each(&job->pins, settle_device, job);
}

static int lock_here(bool is_shared, struct tamiz_message *message)
{
	uint64_t netns;
	int error = tz_sys_netns(&netns);

	return error ? error : tz_lock(netns, is_shared, message);
}

/* Opens, or says why the device cannot take part in this kind of change. */
static int open_part(struct job *job, struct part *part)
{
	const char *ifname = part->change->ifname;
	int error =
		tz_state_open(&job->pins, ifname, &part->before, job->message);

	if (job->is_replace && error == -ENOENT)
		return tz_message_fail(job->message, error,
				       "%s has no rules of tamiz: attach them",
				       ifname);
	if (job->is_replace && !error &&
	    part->before.ifindex != part->device.ifindex)
		return tz_message_fail(job->message, -ENODEV,
				       "%s is not the device that the rules "
				       "were attached to (index %u, now %u)",
				       ifname, part->before.ifindex,
				       part->device.ifindex);
	if (job->is_replace && !error && part->before.old_counters >= 0 &&
	    !job->options->dry_run)
		return tz_message_fail(job->message, -EAGAIN,
				       "what %s counted before its last change "
				       "cannot be added up, and would be lost",
				       ifname);
	if (job->is_replace)
		return error;
	if (!error)
		return tz_message_fail(job->message, -EEXIST,
				       "%s has rules of tamiz already: replace "
				       "or detach them",
				       ifname);
	if (error != -ENOENT)
		return error;
	return tz_xdp_check_foreign(ifname, part->device.ifindex,
				    job->options->force, job->notes,
				    job->message);
}

static int copy_fd(int *to, int from)
{
	*to = fcntl(from, F_DUPFD_CLOEXEC, 3);
	return *to < 0 ? -errno : 0;
}

static int share_stages(struct part *part)
{
	int *fds = part->program->fds;
	int error = copy_fd(&fds[TAMIZ_STAGES], part->before.stages);

	if (!error)
		error = copy_fd(&fds[TAMIZ_SCRATCH], part->before.scratch);
	if (!error)
		error = copy_fd(&fds[TAMIZ_OUTCOMES], part->before.outcomes);
	return error;
}

/* The root knows the device's address; since then it may have changed. */
static bool has_new_address(const struct part *part)
{
	char mac[TZ_META_MAC_LEN];

	tz_meta_mac(part->device.mac, mac);
	return strcmp(mac, tz_meta_text(part->before.meta, "mac"));
}

static int load_part(struct job *job, struct part *part)
{
	const struct tamiz_change *change = part->change;
	int error = 0;

	part->program = tz_program_new();
	if (!part->program)
		return -ENOMEM;

	if (job->is_replace)
		error = share_stages(part);
	if (!error && (!job->is_replace || has_new_address(part)))
		error = tz_load_root(part->program, &part->device,
				     job->message);
	if (error)
		return error;
	part->gen = part->before.gen + 1;
	return tz_load_rules(part->program, change->object, change->text,
			     job->message);
}

static int make_meta(const struct part *part)
{
	_cleanup_json_ json_t *meta =
		tz_meta_make(part->change, &part->device, part->gen);

	if (!meta)
		return -ENOMEM;

	int error =
		part->before.meta ? tz_meta_carry(meta, part->before.meta) : 0;

	return error ? error : tz_meta_store(meta);
}

static int pin_generation(const struct job *job, const struct part *part)
{
	const char *ifname = part->change->ifname;
	const int *fds = part->program->fds;
	_cleanup_close_ int meta = make_meta(part);

	if (meta < 0)
		return meta;

	int error = tz_pin_put(&job->pins, ifname, "meta", part->gen, meta);

	if (!error)
		error = tz_pin_put(&job->pins, ifname, "counters", part->gen,
				   fds[TAMIZ_COUNTERS]);
	if (!error)
		error = tz_pin_put(&job->pins, ifname, "rules", part->gen,
				   fds[TAMIZ_RULES]);
	return error;
}

static int pin_shared(const struct job *job, const struct part *part)
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

static int pin_part(struct job *job, struct part *part)
{
	int error = 0;

	part->is_pinned = true;
	if (!job->is_replace)
		error = pin_shared(job, part);
	if (!error)
		error = pin_generation(job, part);
	if (!error && !job->is_replace)
		error = tz_load_set_stage(part->program->fds[TAMIZ_STAGES],
					  TZ_STAGE_RULES,
					  part->program->fds[TAMIZ_RULES]);
	if (error)
		tz_message_fail(job->message, error,
				"cannot pin the program for %s: %s",
				part->change->ifname, strerror(-error));
	return error;
}

static int attach_part(struct job *job, struct part *part)
{
	const char *ifname = part->change->ifname;
	int error = job->options->force ? tz_xdp_displace(part->device.ifindex,
							  &part->displaced)
					: 0;

	if (error)
		return tz_message_fail(job->message, error,
				       "cannot displace the program of %s: %s",
				       ifname, strerror(-error));
	part->link = tz_xdp_attach(
		ifname, part->device.ifindex, part->program->fds[TAMIZ_ROOT],
		job->options->native_only, job->notes, job->message);
	if (part->link < 0)
		return part->link;
	error = tz_pin_put(&job->pins, ifname, "link", 0, part->link);
	if (error)
		return tz_message_fail(job->message, error,
				       "cannot pin the link of %s: %s", ifname,
				       strerror(-error));
	return 0;
}

/*
 * Before the rules: killed in between, the metadata still has the old address,
 * and the next replace does this again.
 */
static int replace_root(struct job *job, struct part *part)
{
	int root = part->program->fds[TAMIZ_ROOT];
	int error = bpf_link_update(part->before.link, root, NULL);

	return error ? error
		     : tz_pin_swap(&job->pins, part->change->ifname, "root", 0,
				   root);
}

static int commit_part(struct job *job, struct part *part)
{
	if (!job->is_replace)
		return attach_part(job, part);

	int error = part->program->fds[TAMIZ_ROOT] >= 0
			    ? replace_root(job, part)
			    : 0;

	if (!error) {
		error = tz_load_set_stage(part->before.stages, TZ_STAGE_RULES,
					  part->program->fds[TAMIZ_RULES]);
		part->is_committed = !error;
	}
	if (error)
		tz_message_fail(job->message, error,
				"cannot replace the rules of %s: %s",
				part->change->ifname, strerror(-error));
	return error;
}

/* Back to what was before, for all devices of the change. */
static void undo(struct job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		struct part *part = &job->parts[i];
		const char *ifname = part->change->ifname;

		if (!part->is_pinned)
			continue;
		if (!job->is_replace) {
			if (part->link >= 0)
				bpf_link_detach(part->link);
			tz_xdp_restore(part->device.ifindex, &part->displaced);
			tz_pin_remove_device(&job->pins, ifname);
			continue;
		}

		_cleanup_close_ int rules = tz_pin_get(
			&job->pins, ifname, "rules", part->before.gen);

		if (part->is_committed && rules >= 0)
			tz_load_set_stage(part->before.stages, TZ_STAGE_RULES,
					  rules);
		tz_state_settle(&job->pins, ifname, NULL);
	}
}

static int run_parts(struct job *job,
		     int (*step)(struct job *job, struct part *part))
{
	int error = 0;

	for (size_t i = 0; i < job->n && !error; i++)
		error = step(job, &job->parts[i]);
	return error;
}

static int find_part(struct job *job, struct part *part)
{
	return tamiz_device_find(part->change->ifname, part->change->upper,
				 &part->device, job->notes, job->message);
}

static int settle_part(struct job *job, struct part *part)
{
	settle_device(&job->pins, part->change->ifname, job);
	return 0;
}

static int run_job(struct job *job)
{
	bool is_dry = job->options->dry_run;
	int error =
		tz_pin_open(&job->pins, bpffs_or_default(job->options->bpffs),
			    !is_dry, job->message);

	if (error && !(is_dry && error == -ENOENT))
		return error;
	error = is_dry ? 0 : settle_all(job);
	if (!error)
		error = run_parts(job, find_part);
	if (!error)
		error = run_parts(job, open_part);
	if (!error)
		error = run_parts(job, load_part);
	if (is_dry)
		return error;
	if (!error) {
		error = run_parts(job, pin_part);
		if (!error)
			error = run_parts(job, commit_part);
		if (error)
			undo(job);
		else if (job->is_replace)
			run_parts(job, settle_part);
	}
	tz_pin_close(&job->pins);
	return error;
}

static int change(const struct tamiz_change *changes, size_t n, bool is_replace,
		  const struct tamiz_attach_options *options,
		  struct tamiz_notes *notes, struct tamiz_message *message)
{
	int error = tamiz_check_caps(message);

	if (error)
		return error;

	_cleanup_close_ int lock = lock_here(options->dry_run, message);
	_cleanup_free_ struct part *parts = calloc(n, sizeof(*parts));
	struct job job = {
		.options = options,
		.notes = notes,
		.message = message,
		.parts = parts,
		.n = n,
		.is_replace = is_replace,
	};

	if (lock < 0)
		return lock;
	if (!parts)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		parts[i].change = &changes[i];
		parts[i].link = -1;
		parts[i].before = TZ_STATE_NONE;
	}
	error = run_job(&job);
	for (size_t i = 0; i < n; i++) {
		tz_scope_close(&parts[i].link);
		tz_xdp_displaced_close(&parts[i].displaced);
		tamiz_program_free(parts[i].program);
		tz_state_close(&parts[i].before);
	}
	return error;
}

int tamiz_attach(const struct tamiz_change *changes, size_t n,
		 const struct tamiz_attach_options *options,
		 struct tamiz_notes *notes, struct tamiz_message *message)
{
	return change(changes, n, false, options, notes, message);
}

int tamiz_replace(const struct tamiz_change *changes, size_t n,
		  const struct tamiz_attach_options *options,
		  struct tamiz_notes *notes, struct tamiz_message *message)
{
	return change(changes, n, true, options, notes, message);
}
