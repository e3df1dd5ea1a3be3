/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One system call takes many frames. On a veth each is received in the soft
 * interrupt at the end of its own transmission, so nothing queues up and
 * nothing is merged.
 */
#include "send.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/lab.h"
#include "watch.h"

/*
 * Frames on their way at once. When the soft interrupt comes late they wait:
 * in a veth's ring of 256, or in a queue of 1000 that all devices of the CPU
 * share. Neither says when it throws one away.
 */
enum { BURST = 64 };
enum { WARM_UP_S = 60 };

struct burst {
	struct mmsghdr messages[2 * BURST + 1];
	struct iovec parts[2 * BURST + 1];
	uint8_t markers[BURST + 1][TZ_WATCH_MARKER_LEN];
	unsigned int n;
};

static void add(struct burst *burst, const uint8_t *bytes, size_t len)
{
	struct iovec *part = &burst->parts[burst->n];

	*part = (struct iovec){ (void *)bytes, len };
	burst->messages[burst->n++] =
		(struct mmsghdr){ .msg_hdr = { .msg_iov = part,
					       .msg_iovlen = 1 } };
}

static void add_marker(struct burst *burst, uint8_t *marker, uint32_t frame)
{
	memset(marker, 0, TZ_WATCH_MARKER_LEN);
	memcpy(marker, tz_lab_mac, 6);
	memcpy(marker + 6, tz_lab_sender_mac, 6);
	marker[12] = TZ_WATCH_ETHERTYPE >> 8;
	marker[13] = TZ_WATCH_ETHERTYPE & 0xff;
	memcpy(marker + TZ_WATCH_MARKER_OFF, &frame, sizeof(frame));
	add(burst, marker, TZ_WATCH_MARKER_LEN);
}

static int flush(int tx, struct burst *burst)
{
	unsigned int done = 0;

	while (done < burst->n) {
		int n = sendmmsg(tx, burst->messages + done, burst->n - done,
				 0);

		if (n < 0 && errno != EINTR && errno != ENOBUFS)
			return -errno;
		if (n > 0)
			done += (unsigned int)n;
	}
	burst->n = 0;
	return 0;
}

int tz_send_batch(int tx, const struct tz_watch *watch,
		  const struct tz_frame_ref *frames, size_t n)
{
	static struct burst burst;
	size_t i = 0;
	int err;

	burst.n = 0;
	do {
		size_t n_markers = 0;

		for (; i < n && n_markers < BURST; i++, n_markers++) {
			add_marker(&burst, burst.markers[n_markers],
				   (uint32_t)i);
			add(&burst, frames[i].bytes, frames[i].len);
		}
		uint32_t fence = TZ_WATCH_MAX + (uint32_t)i;

		add_marker(&burst, burst.markers[n_markers], fence);
		err = flush(tx, &burst);
		if (!err)
			err = tz_watch_fence(watch, fence);
	} while (i < n && !err);
	return err;
}

int tz_send_warm_up(int tx, const struct tz_watch *watch)
{
	static struct burst burst;
	const uint32_t fence = UINT32_MAX;
	time_t end = time(NULL) + WARM_UP_S;
	int err;

	do {
		burst.n = 0;
		add_marker(&burst, burst.markers[0], fence);
		err = flush(tx, &burst);
		for (int i = 0; i < 1000 && !err; i++) {
			if (tz_watch_is_at(watch, fence))
				return 0;
			sched_yield();
		}
	} while (!err && time(NULL) <= end);
	return err ? err : -ETIMEDOUT;
}
