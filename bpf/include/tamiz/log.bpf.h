/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Events for `tamiz log`: a packet that LOG rules took, or whose turn it is to
 * be a sample, is written to a ring buffer when its verdict is known. Nothing
 * of this is in programs that do not log.
 *
 * Generated code defines, before its headers, TZ_LOGS, TZ_LOG_SNAPLEN,
 * TZ_SAMPLE_EVERY (0: no samples of all drops) and, where there are any,
 * TZ_SAMPLED_RULES(RULE), a list of RULE(id, every).
 */
#ifndef TAMIZ_LOG_BPF_H
#define TAMIZ_LOG_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>
#include <tamiz/control.bpf.h>
#include <tamiz/ctx.bpf.h>

#ifndef TZ_LOGS

static __always_inline void tz_log_begin(struct tz_scratch *s)
{
	(void)s;
}

static __always_inline void tz_log_path(struct tz_scratch *s, __u32 id)
{
	(void)s;
	(void)id;
}

static __always_inline void tz_log_counted(struct tz_scratch *s, __u32 id,
					   __u64 packets)
{
	(void)s;
	(void)id;
	(void)packets;
}

static __always_inline void tz_log_drop(TZ_CTX *ctx,
					struct tz_scratch *s,
					enum tz_log_verdict verdict,
					__u64 n_drops)
{
	(void)ctx;
	(void)s;
	(void)verdict;
	(void)n_drops;
}

static __always_inline void tz_log_pass(TZ_CTX *ctx,
					struct tz_scratch *s)
{
	(void)ctx;
	(void)s;
}

#else

#define TZ_LOG_RING_LEN (256 * 1024)
/* Per CPU: so many a second, and as many at once after a silence. */
#define TZ_LOG_RATE 1000
#define TZ_LOG_BURST 500

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, TZ_LOG_RING_LEN);
} tz_log SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tz_log_counts);
} tz_log_counts SEC(".maps");

/* Where an event is put together: it is too large for the stack. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tz_log_event);
} tz_log_event SEC(".maps");

static __always_inline void tz_log_begin(struct tz_scratch *s)
{
	s->n_logs = 0;
	s->sampled = 0;
}

/*
 * The functions here that stand in loops over tables are such that the
 * verifier knows once. An argument that is the same constant in every call,
 * and to clang no argument, is made one.
 */

/*
 * LOG rule @id took the packet, or may have. That a way is not taken after all
 * does not take this back: whoever reads sees which rules are on the path.
 */
__noinline int tz_note_log(struct tz_scratch *s, __u32 id)
{
	asm volatile("" : "+r"(id));
	if (!s)
		return 0;
	if (s->n_logs < TZ_LOGS_MAX)
		s->logs[s->n_logs] = id;
	s->n_logs++;
	return 0;
}

/* Replace keeps no path but for the log. */
__noinline int tz_log_path(struct tz_scratch *s, __u32 id)
{
	asm volatile("" : "+r"(id));
	if (!s)
		return 0;
	if (s->n_path < TZ_PATH_MAX)
		s->path[s->n_path] = id;
	s->n_path++;
	return 0;
}

/* Counter @id stands at @packets on this CPU, with this one. */
#ifdef TZ_SAMPLED_RULES
__noinline int tz_log_counted(struct tz_scratch *s, __u32 id, __u64 packets)
{
	asm volatile("" : "+r"(id), "+r"(packets));
	if (!s)
		return 0;
#define TZ_SAMPLE_ONE(rule, every)                  \
	if (id == (rule) && packets % (every) == 0) \
		s->sampled = id + 1;
	TZ_SAMPLED_RULES(TZ_SAMPLE_ONE)
#undef TZ_SAMPLE_ONE
	return 0;
}
#else
static __always_inline void tz_log_counted(struct tz_scratch *s, __u32 id,
					   __u64 packets)
{
	(void)s;
	(void)id;
	(void)packets;
}
#endif

/*
 * A bucket per CPU, filled anew when it is empty: a flood costs a look at the
 * clock for each packet, and no memory that CPUs share.
 */
static __always_inline int tz_log_may_write(struct tz_log_counts *counts)
{
	__u64 now, n;

	if (counts->tokens) {
		counts->tokens--;
		return 1;
	}
	now = bpf_ktime_get_boot_ns();
	n = (now - counts->tokens_at) / (1000000000 / TZ_LOG_RATE);
	if (!n) {
		counts->lost_to_rate++;
		return 0;
	}
	counts->tokens = (n < TZ_LOG_BURST ? n : TZ_LOG_BURST) - 1;
	counts->tokens_at = now;
	return 1;
}

static __always_inline void tz_log_fill(struct tz_log_event *event,
					const struct tz_scratch *s)
{
	const struct tz_control *control = tz_control_get();

	event->version = TZ_LOG_VERSION;
	event->generation = control ? control->generation : 0;
	event->boot_ns = bpf_ktime_get_boot_ns();
	event->n_path = s->n_path;
	event->n_logs = s->n_logs;
	event->sampled = s->sampled;
	__builtin_memcpy(event->path, s->path, sizeof(event->path));
	__builtin_memcpy(event->logs, s->logs, sizeof(event->logs));
}

static __noinline int tz_log_write(TZ_CTX *ctx, struct tz_scratch *s,
				   __u32 verdict, __u32 reasons)
{
	__u32 zero = 0, len;
	struct tz_log_counts *counts =
		bpf_map_lookup_elem(&tz_log_counts, &zero);
	struct tz_log_event *event = bpf_map_lookup_elem(&tz_log_event, &zero);

	if (!s || !counts || !event || !tz_log_may_write(counts))
		return 0;
	tz_log_fill(event, s);
	event->verdict = verdict;
	event->reasons = reasons;
	event->frame_len = tz_frame_len(ctx);
	len = event->frame_len < TZ_LOG_SNAPLEN ? event->frame_len
						: TZ_LOG_SNAPLEN;
	/* the register that is compared must be the one that is passed */
	asm volatile("" : "+r"(len));
	if (len < 1 || len > TZ_LOG_SNAPLEN ||
	    tz_frame_copy(ctx, event->data, len))
		len = 0;
	event->captured = len;
	if (bpf_ringbuf_output(&tz_log, event,
			       sizeof(*event) - sizeof(event->data) + len, 0))
		counts->lost_to_room++;
	else
		counts->written++;
	return 0;
}

/* The @n_drops-th packet that this CPU drops, or would drop. */
static __always_inline void tz_log_drop(TZ_CTX *ctx,
					struct tz_scratch *s,
					enum tz_log_verdict verdict,
					__u64 n_drops)
{
	__u32 reasons = s->n_logs ? TZ_LOG_BY_RULE : 0;

	if (s->sampled)
		reasons |= TZ_LOG_SAMPLE;
#if TZ_SAMPLE_EVERY
	if (n_drops % TZ_SAMPLE_EVERY == 0)
		reasons |= TZ_LOG_SAMPLE;
#endif
	if (reasons)
		tz_log_write(ctx, s, verdict, reasons);
}

/* Replace: nobody else will log what this packet met. */
static __always_inline void tz_log_pass(TZ_CTX *ctx,
					struct tz_scratch *s)
{
#ifdef TZ_IS_REPLACE
	__u32 reasons = s->n_logs ? TZ_LOG_BY_RULE : 0;

	if (s->sampled)
		reasons |= TZ_LOG_SAMPLE;
	if (reasons)
		tz_log_write(ctx, s, TZ_LOG_PASSED, reasons);
#endif
}

#endif
#endif
