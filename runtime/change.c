/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attach and replace. A change has two halves. The first prepares: loads,
 * pins, and alters nothing that a packet meets. The second puts each device
 * over. What a killed run leaves behind is put in order by the next one, before
 * anything else.
 */
#include "runtime/change.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/lock.h"
#include "runtime/message.h"
#include "runtime/scope.h"
#include "runtime/settle.h"
#include "runtime/sweep.h"
#include "runtime/trial.h"

static int run_parts(struct tz_job *job,
		     int (*step)(struct tz_job *job, struct tz_part *part))
{
	int error = 0;

	for (size_t i = 0; i < job->n && !error; i++)
		error = step(job, &job->parts[i]);
	return error;
}

static int settle_part(struct tz_job *job, struct tz_part *part)
{
	const char *ifname = part->change->ifname;
	int error = tz_settle(&job->pins, ifname, job->notes, NULL);

	if (error)
		tz_note(job->notes, "%s: cannot put its pins in order: %s",
			ifname, strerror(-error));
	return 0;
}

static int commit(struct tz_job *job)
{
	int error = 0;

	if (job->options->confirm_s)
		job->until_ns = tz_trial_deadline(job->options->confirm_s);
	if (job->n > 1)
		error = tz_journal_word(job->word);
	if (!error)
		error = run_parts(job, tz_part_pin);
	if (!error)
		error = run_parts(job, tz_part_commit_root);
	if (!error)
		error = run_parts(job, tz_part_commit);
	if (!error && job->is_replace)
		run_parts(job, settle_part);
	for (size_t i = 0; i < job->n && error; i++)
		tz_part_undo(job, &job->parts[i]);
	return error;
}

static int run_job(struct tz_job *job)
{
	bool is_dry = job->options->dry_run;
	int error = tz_pin_open(&job->pins, job->options->bpffs, !is_dry,
				job->message);

	if (error && !(is_dry && error == -ENOENT))
		return error;
	if (!is_dry) {
		tz_sweep(&job->pins);
		tz_settle_all(&job->pins, job->notes);
	}
	error = run_parts(job, tz_part_find);
	if (!error)
		error = run_parts(job, tz_part_open);
	if (!error)
		error = run_parts(job, tz_part_load);
	if (is_dry)
		return error;
	if (!error)
		error = commit(job);
	tz_pin_close(&job->pins);
	return error;
}

/* After a change that failed there may be nothing left to lock. */
static void remove_lock(const struct tz_job *job, uint64_t netns)
{
	if (!job->options->dry_run && access(job->pins.netns_dir, F_OK) < 0 &&
	    errno == ENOENT)
		tz_lock_remove(netns);
}

static int change(const struct tamiz_change *changes, size_t n, bool is_replace,
		  const struct tamiz_attach_options *options,
		  struct tamiz_notes *notes, struct tamiz_message *message)
{
	uint64_t netns;
	int error;
	_cleanup_close_ int lock =
		tz_lock_here(options->dry_run, &netns, message);
	_cleanup_free_ struct tz_part *parts = calloc(n, sizeof(*parts));
	struct tz_job job = {
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
		parts[i].link = parts[i].trial = -1;
		parts[i].before = TZ_STATE_NONE;
	}
	error = run_job(&job);
	remove_lock(&job, netns);
	for (size_t i = 0; i < n; i++)
		tz_part_close(&parts[i]);
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
