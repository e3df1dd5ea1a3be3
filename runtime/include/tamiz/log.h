/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libtamiz-runtime: reading the log of devices whose rules were attached with
 * --log=ring or --sample. The conventions are those of <tamiz/runtime.h>.
 */
#ifndef TAMIZ_LOG_H
#define TAMIZ_LOG_H

#include <tamiz/runtime.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A rule, or a policy, that an event names. */
struct tamiz_log_rule {
	unsigned int id; /* its counter; all that is known if !is_known */
	bool is_known;   /* else its generation's metadata are gone */
	bool is_certain; /* else whether it took the packet is not known */
	const char *table, *chain;
	unsigned int number; /* 0: the policy */
	const char *file;
	unsigned int line;
	const char *text, *target;
	const char *prefix; /* --log-prefix, --nflog-prefix; NULL: none */
	int level;          /* --log-level; -1: not given */
};

/* What a frame's headers tell. */
struct tamiz_log_header {
	int family;              /* 4, 6; 0: neither */
	char src[46], dst[46];   /* "" when there is none */
	int proto, sport, dport; /* -1: none, or not there */
};

enum tamiz_log_verdict {
	TAMIZ_LOG_DROPPED,
	TAMIZ_LOG_WOULD_DROP, /* monitor */
	TAMIZ_LOG_PASSED,     /* replace: logged, and then let through */
};

/* All texts and bytes are the reader's, until the callback returns. */
struct tamiz_log_event {
	const char *ifname;
	unsigned int device;     /* its number among those that are read */
	unsigned int generation; /* 0: not told */
	uint64_t time_ns;        /* since 1970 */
	enum tamiz_log_verdict verdict;
	bool is_logged, is_sample;            /* by LOG rules; by --sample */
	const struct tamiz_log_rule *decider; /* NULL: no rule */
	const struct tamiz_log_rule *sampled; /* of --sample RULE; or NULL */
	/* LOG rules, and all that counted it; more than these: is_cut */
	const struct tamiz_log_rule *logs, *path;
	size_t n_logs, n_path;
	bool is_cut;
	const uint8_t *frame;
	size_t captured, frame_len;
	struct tamiz_log_header header;
	const char *line; /* as the kernel's LOG says it, from "IN=" on */
};

/* What became of the events of a device. */
struct tamiz_log_counts {
	uint64_t written;
	uint64_t lost_to_rate; /* the program writes only so many a second */
	uint64_t lost_to_room; /* the ring was full */
	uint64_t unreadable;   /* were no events that this version knows */
};

struct tamiz_log;

/*
 * Opens the rings of these devices, or with @n 0 of all that have one.
 * -ENOENT: none has; -EBUSY: another process reads one: events go to one
 * reader only. Needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON.
 */
int tamiz_log_open(const char *const *ifnames, size_t n, const char *bpffs,
		   struct tamiz_log **log, struct tamiz_message *message);
void tamiz_log_close(struct tamiz_log *log);

/* Returns whether to go on. */
typedef bool tamiz_log_function(const struct tamiz_log_event *event, void *arg);

/*
 * Waits for events up to @timeout_ms and calls @each for those that there are.
 * Returns how many there were, -ECANCELED when @each ended it, -EINTR.
 */
int tamiz_log_poll(struct tamiz_log *log, int timeout_ms,
		   tamiz_log_function *each, void *arg);

size_t tamiz_log_n_devices(const struct tamiz_log *log);
const char *tamiz_log_ifname(const struct tamiz_log *log, size_t device);
/* Since the device was attached. */
int tamiz_log_count(const struct tamiz_log *log, size_t device,
		    struct tamiz_log_counts *counts);
/*
 * Whether the ring that is read is still that of a device with rules; follows
 * the device's name.
 */
bool tamiz_log_is_attached(const struct tamiz_log *log, size_t device);

#ifdef __cplusplus
}
#endif

#endif
