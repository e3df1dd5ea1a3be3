/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules stand in mangle/PREROUTING, behind connection tracking; of legacy,
 * whose counters are one getsockopt() away (net/ipv4/netfilter/ip_tables.c).
 */
#include "ct_kernel.h"

/* First: those of the kernel give way to it. */
#include <netinet/in.h>

#include <errno.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/spawn.h"

enum { N_STATES = 5, TIMEOUT_S = 20, TABLE_MAX = 16384 };

struct ct_kernel {
	int fd4, fd6;
	uint64_t counted[2][N_STATES];
	_Alignas(8) char table[TABLE_MAX];
};

static _Noreturn void give_up(const char *what)
{
	fprintf(stderr, "ct: %s: %s\n", what, strerror(errno));
	exit(1);
}

void ct_kernel_load(const char *raw, const char *nat)
{
	static const char *const restore[] = { "iptables-legacy-restore",
					       "ip6tables-legacy-restore" };
	char text[1024];

	/* In the order of the bits of TZ_CT_*. */
	int len = snprintf(
		text, sizeof(text),
		"*raw\n%sCOMMIT\n*nat\n%sCOMMIT\n*mangle\n"
		"-A PREROUTING -i " CT_DEV " -m conntrack --ctstate NEW\n"
		"-A PREROUTING -i " CT_DEV
		" -m conntrack --ctstate ESTABLISHED\n"
		"-A PREROUTING -i " CT_DEV " -m conntrack --ctstate RELATED\n"
		"-A PREROUTING -i " CT_DEV " -m conntrack --ctstate INVALID\n"
		"-A PREROUTING -i " CT_DEV
		" -m conntrack --ctstate UNTRACKED\nCOMMIT\n",
		raw, nat);

	for (int i = 0; i < 2; i++) {
		const char *const argv[] = { restore[i], NULL };

		if (tz_spawn(argv, text, (size_t)len, NULL, NULL)) {
			fprintf(stderr, "ct: %s refuses\n%s", restore[i], text);
			exit(1);
		}
	}
}

static const struct xt_counters *counters4(char *at, size_t *step)
{
	struct ipt_entry *entry = (void *)at;

	*step = entry->next_offset;
	return &entry->counters;
}

static const struct xt_counters *counters6(char *at, size_t *step)
{
	struct ip6t_entry *entry = (void *)at;

	*step = entry->next_offset;
	return &entry->counters;
}

/* ip6_tables' structures are those of ip_tables, but for the entries. */
_Static_assert(sizeof(struct ipt_getinfo) == sizeof(struct ip6t_getinfo) &&
		       sizeof(struct ipt_get_entries) ==
			       sizeof(struct ip6t_get_entries) &&
		       IPT_SO_GET_ENTRIES == IP6T_SO_GET_ENTRIES,
	       "one request for both");

static void read_counters(struct ct_kernel *kernel, int family,
			  uint64_t *packets)
{
	int fd = family == 4 ? kernel->fd4 : kernel->fd6;
	int level = family == 4 ? IPPROTO_IP : IPPROTO_IPV6;
	struct ipt_getinfo info = { .name = "mangle" };
	struct ipt_get_entries *entries = (void *)kernel->table;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, level, IPT_SO_GET_INFO, &info, &len))
		give_up("cannot read the table");
	len = (socklen_t)(sizeof(*entries) + info.size);
	if (len > sizeof(kernel->table))
		give_up("the table is too large");
	memset(entries, 0, sizeof(*entries));
	memcpy(entries->name, info.name, sizeof(info.name));
	entries->size = info.size;
	if (getsockopt(fd, level, IPT_SO_GET_ENTRIES, entries, &len))
		give_up("cannot read the counters");

	size_t at = info.hook_entry[NF_INET_PRE_ROUTING], step;

	for (int i = 0; i < N_STATES; i++, at += step) {
		char *entry = (char *)entries->entrytable + at;

		packets[i] = (family == 4 ? counters4(entry, &step)
					  : counters6(entry, &step))
				     ->pcnt;
	}
}

struct ct_kernel *ct_kernel_open(void)
{
	struct ct_kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		give_up("memory");
	kernel->fd4 = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	kernel->fd6 = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (kernel->fd4 < 0 || kernel->fd6 < 0)
		give_up("cannot open a raw socket");
	read_counters(kernel, 4, kernel->counted[0]);
	read_counters(kernel, 6, kernel->counted[1]);
	return kernel;
}

void ct_kernel_close(struct ct_kernel *kernel)
{
	close(kernel->fd4);
	close(kernel->fd6);
	free(kernel);
}

uint32_t ct_kernel_state(struct ct_kernel *kernel, int family)
{
	uint64_t *before = kernel->counted[family == 6], now[N_STATES];
	time_t end = time(NULL) + TIMEOUT_S;
	uint32_t states = 0;
	uint64_t n = 0;

	while (!n && time(NULL) < end) {
		read_counters(kernel, family, now);
		for (int i = 0; i < N_STATES; i++) {
			n += now[i] - before[i];
			if (now[i] != before[i])
				states |= 1u << i;
		}
	}
	memcpy(before, now, sizeof(now));
	return n == 1 ? states : 0;
}

int ct_kernel_seen(struct ct_kernel *kernel)
{
	uint64_t now[N_STATES];

	read_counters(kernel, 4, now);

	int seen = memcmp(now, kernel->counted[0], sizeof(now)) != 0;

	memcpy(kernel->counted[0], now, sizeof(now));
	return seen;
}
