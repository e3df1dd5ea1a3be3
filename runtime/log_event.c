/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decoding events. The program writes ids and bytes; which rule decided, and
 * which LOG rules surely took the packet, follows from the path.
 */
#include "runtime/log_event.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/log_line.h"

#define HEAD_LEN offsetof(struct tz_log_event, data)

_Static_assert((int)TAMIZ_LOG_DROPPED == TZ_LOG_DROPPED &&
		       (int)TAMIZ_LOG_WOULD_DROP == TZ_LOG_WOULD_DROP &&
		       (int)TAMIZ_LOG_PASSED == TZ_LOG_PASSED,
	       "the verdicts of the ABI");

/* The program leaves out what it did not capture: nothing may follow. */
_Static_assert(sizeof(struct tz_log_event) - TZ_LOG_SNAPLEN_MAX == HEAD_LEN,
	       "the data end the event");

/* The head is copied: records are aligned to eight bytes only by custom. */
bool tz_log_check(const void *data, size_t len, unsigned int *generation)
{
	struct tz_log_event head;

	if (len < HEAD_LEN || len > sizeof(head))
		return false;
	memcpy(&head, data, HEAD_LEN);
	if (head.version != TZ_LOG_VERSION ||
	    head.verdict >= TZ_LOG_N_VERDICTS ||
	    head.captured != len - HEAD_LEN || head.captured > head.frame_len)
		return false;
	*generation = head.generation;
	return true;
}

static bool is_on_path(const struct tz_log_event *head, size_t n_path,
		       uint32_t id)
{
	for (size_t i = 0; i < n_path; i++)
		if (head->path[i] == id)
			return true;
	return false;
}

static void decode_path(const struct tz_log_event *head,
			const struct tz_log_rules *rules,
			struct tz_log_decoded *out)
{
	struct tamiz_log_event *event = &out->event;
	size_t n = head->n_path;

	if (n > TZ_PATH_MAX) {
		n = TZ_PATH_MAX;
		event->is_cut = true;
	}
	for (size_t i = 0; i < n; i++)
		out->path[i] = tz_log_rules_find(rules, head->path[i]);
	event->path = out->path;
	event->n_path = n;
	if (!n || event->is_cut)
		return;
	out->decider = out->path[n - 1];
	/* a drop by a cut header counts nowhere: the last is another rule */
	if (event->verdict == TAMIZ_LOG_PASSED || !out->decider.is_known ||
	    !strcmp(out->decider.target, "DROP"))
		event->decider = &out->decider;
}

/* A chain that is called twice has noted its rules twice. */
static void decode_logs(const struct tz_log_event *head,
			const struct tz_log_rules *rules,
			struct tz_log_decoded *out)
{
	size_t n_noted = head->n_logs, n = 0;

	if (n_noted > TZ_LOGS_MAX) {
		n_noted = TZ_LOGS_MAX;
		out->event.is_cut = true;
	}
	for (size_t i = 0; i < n_noted; i++) {
		uint32_t id = head->logs[i];
		size_t k = 0;

		while (k < n && out->logs[k].id != id)
			k++;
		if (k < n)
			continue;
		out->logs[n] = tz_log_rules_find(rules, id);
		out->logs[n++].is_certain =
			is_on_path(head, out->event.n_path, id);
	}
	out->event.logs = out->logs;
	out->event.n_logs = n;
}

static char *make_line(const struct tamiz_log_event *event)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	tz_log_print_header(out, event->ifname, event->frame, event->captured);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

int tz_log_decode(const void *data, size_t len, const char *ifname,
		  const struct tz_log_rules *rules, int64_t boot_offset_ns,
		  struct tz_log_decoded *out)
{
	struct tz_log_event head;
	struct tamiz_log_event *event = &out->event;

	memcpy(&head, data, HEAD_LEN);
	memset(out, 0, sizeof(*out));
	*event = (struct tamiz_log_event){
		.ifname = ifname,
		.generation = head.generation,
		.time_ns = head.boot_ns + (uint64_t)boot_offset_ns,
		.verdict = (enum tamiz_log_verdict)head.verdict,
		.is_logged = head.reasons & TZ_LOG_BY_RULE,
		.is_sample = head.reasons & TZ_LOG_SAMPLE,
		.frame = (const uint8_t *)data + HEAD_LEN,
		.captured = len - HEAD_LEN,
		.frame_len = head.frame_len,
	};
	decode_path(&head, rules, out);
	decode_logs(&head, rules, out);
	if (head.sampled) {
		out->sampled = tz_log_rules_find(rules, head.sampled - 1);
		event->sampled = &out->sampled;
	}
	tz_log_read_header(event->frame, event->captured, &event->header);
	out->line = make_line(event);
	event->line = out->line;
	return out->line ? 0 : -ENOMEM;
}

void tz_log_decoded_clear(struct tz_log_decoded *decoded)
{
	free(decoded->line);
}
