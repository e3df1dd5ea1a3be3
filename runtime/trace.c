/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Test runs for captures: one frame each, with the rules that counted it, in a
 * network namespace of our own, whose routing is the same for every packet.
 */
#include "runtime/load.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <tamiz/abi.h>
#include <unistd.h>

#include "runtime/message.h"
#include "runtime/scope.h"

_Static_assert(TAMIZ_TRACE_MAX == TZ_PATH_MAX, "a path fits a trace");

/* What an offloading program noted on the way of the last packet here. */
static int read_path(const struct tamiz_program *program, int cpu,
		     struct tamiz_trace *trace)
{
	size_t size = (sizeof(struct tz_scratch) + 7) & ~(size_t)7;
	int n_cpus = libbpf_num_possible_cpus();
	uint32_t zero = 0;

	if (n_cpus < 0 || cpu < 0 || cpu >= n_cpus)
		return n_cpus < 0 ? n_cpus : -EINVAL;

	_cleanup_free_ char *all = calloc((size_t)n_cpus, size);

	if (!all)
		return -ENOMEM;
	if (bpf_map_lookup_elem(program->fds[TAMIZ_SCRATCH], &zero, all))
		return -errno;

	const struct tz_scratch *s = (const void *)(all + (size_t)cpu * size);

	if (s->n_path <= TZ_PATH_MAX) {
		memcpy(trace->rules, s->path, s->n_path * sizeof(s->path[0]));
		trace->n_rules = s->n_path;
	}
	return 0;
}

int tamiz_program_trace(const struct tamiz_program *program, const void *frame,
			size_t len, struct tamiz_trace *trace)
{
	struct tamiz_trace result = { 0 };
	struct tamiz_run run;
	int error = tamiz_program_run(program, frame, len, 1, &run);

	if (error)
		return error;
	result.verdict = run.verdict;
	if (run.verdict == XDP_DROP)
		error = read_path(program, sched_getcpu(), &result);
	if (!error)
		*trace = result;
	return error;
}

static int write_sysctl(const char *path, const char *value)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno; /* no IPv6, for one */
	return write(fd, value, strlen(value)) < 0 ? -errno : 0;
}

static int bring_up(int fd)
{
	struct ifreq request = { .ifr_name = "lo" };

	if (ioctl(fd, SIOCGIFFLAGS, &request))
		return -errno;
	request.ifr_flags |= IFF_UP;
	return ioctl(fd, SIOCSIFFLAGS, &request) ? -errno : 0;
}

/* Everything that is not local goes out somewhere: to be forwarded. */
static int route_all(int fd)
{
	const struct sockaddr_in any = { .sin_family = AF_INET };
	char lo[] = "lo";
	struct rtentry route = { .rt_flags = RTF_UP, .rt_dev = lo };
	struct in6_rtmsg route6 = { .rtmsg_flags = RTF_UP,
				    .rtmsg_metric = 1,
				    .rtmsg_ifindex = 1 };
	_cleanup_close_ int fd6 =
		socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memcpy(&route.rt_dst, &any, sizeof(any));
	memcpy(&route.rt_genmask, &any, sizeof(any));
	if (ioctl(fd, SIOCADDRT, &route))
		return -errno;
	return fd6 >= 0 && ioctl(fd6, SIOCADDRT, &route6) ? -errno : 0;
}

static int forward(void)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int error = fd < 0 ? -errno : bring_up(fd);

	if (!error)
		error = route_all(fd);
	if (!error)
		error = write_sysctl("/proc/sys/net/ipv4/ip_forward", "1");
	if (!error)
		error = write_sysctl("/proc/sys/net/ipv6/conf/all/forwarding",
				     "1");
	return error;
}

int tamiz_enter_trial_netns(bool forwards, struct tamiz_message *message)
{
	int error = unshare(CLONE_NEWNET) ? -errno : 0;

	if (!error && forwards)
		error = forward();
	if (error)
		return tz_message_fail(message, error,
				       "no network namespace to run in: %s",
				       strerror(-error));
	return error;
}
