/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loading a trial. The deadline is a constant of the program: nothing that
 * happens to a process or to a pin moves it.
 */
#include "runtime/trial.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <tamiz/abi.h>
#include <time.h>

#include "bpf/tc_trial.skel.h"
#include "bpf/trial.skel.h"
#include "runtime/load.h"
#include "runtime/message.h"

#define NS_PER_S 1000000000ull
#define NS_PER_MS 1000000

/*
 * In a time namespace our clock is ahead of the program's by so much:
 * time_namespaces(7).
 */
static int64_t offset_ns(void)
{
	FILE *file = fopen("/proc/self/timens_offsets", "re");
	long long seconds, ns, offset = 0;
	char clock[32];

	while (file &&
	       fscanf(file, "%31s %lld %lld", clock, &seconds, &ns) == 3) {
		if (!strcmp(clock, "boottime"))
			offset = seconds * (long long)NS_PER_S + ns;
	}
	if (file)
		fclose(file);
	return offset;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec -
	       (uint64_t)offset_ns();
}

uint64_t tz_trial_deadline(unsigned int seconds)
{
	return now_ns() + seconds * NS_PER_S;
}

int64_t tz_trial_left_ms(uint64_t until_ns)
{
	int64_t left_ns = (int64_t)(until_ns - now_ns());

	/* What is left of a millisecond is not over yet. */
	return left_ns > 0 ? (left_ns + NS_PER_MS - 1) / NS_PER_MS
			   : left_ns / NS_PER_MS;
}

static int load(struct bpf_object *trial, int stages_fd)
{
	int error = bpf_map__reuse_fd(
		bpf_object__find_map_by_name(trial, "tz_stages"), stages_fd);

	/* The trial does not look at packets. */
	if (!error)
		error = bpf_map__set_autocreate(
			bpf_object__find_map_by_name(trial, "tz_scratch"),
			false);
	if (!error)
		error = bpf_object__load(trial);
	if (error)
		return error;

	int fd = fcntl(bpf_program__fd(bpf_object__find_program_by_name(
			       trial, "tz_trial")),
		       F_DUPFD_CLOEXEC, 3);

	return fd < 0 ? -errno : fd;
}

static int load_at_xdp(int stages_fd, uint64_t until_ns)
{
	struct trial_bpf *trial = trial_bpf__open();

	if (!trial)
		return -errno;
	trial->rodata->tz_trial_until_ns = until_ns;

	int fd = load(trial->obj, stages_fd);

	trial_bpf__destroy(trial);
	return fd;
}

static int load_at_tc(int stages_fd, uint64_t until_ns)
{
	struct tc_trial_bpf *trial = tc_trial_bpf__open();

	if (!trial)
		return -errno;
	trial->rodata->tz_trial_until_ns = until_ns;

	int fd = load(trial->obj, stages_fd);

	tc_trial_bpf__destroy(trial);
	return fd;
}

static int be_quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

int tz_trial_load(enum tamiz_hook hook, int stages_fd, uint64_t until_ns,
		  struct tamiz_message *message)
{
	libbpf_print_fn_t before = libbpf_set_print(be_quiet);
	int fd = hook == TAMIZ_HOOK_XDP ? load_at_xdp(stages_fd, until_ns)
					: load_at_tc(stages_fd, until_ns);

	libbpf_set_print(before);
	return fd < 0 ? tz_message_fail(message, fd,
					"cannot load the trial program: %s",
					strerror(-fd))
		      : fd;
}

int tz_trial_fill(int stages_fd, int tried_fd, int before_fd)
{
	const uint32_t before = TZ_STAGE_BEFORE;
	int error = tz_load_set_stage(stages_fd, TZ_STAGE_TRIED, tried_fd);

	if (error)
		return error;
	if (before_fd >= 0)
		return tz_load_set_stage(stages_fd, TZ_STAGE_BEFORE, before_fd);
	bpf_map_delete_elem(stages_fd, &before);
	return 0;
}

void tz_trial_empty(int stages_fd)
{
	const uint32_t slots[] = { TZ_STAGE_TRIED, TZ_STAGE_BEFORE };

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
		bpf_map_delete_elem(stages_fd, &slots[i]);
}
