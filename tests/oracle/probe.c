/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A capture's frames keep all but their Ethernet addresses: a unicast
 * destination becomes the lab's, as another host's frame says nothing.
 */
#include "probe.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/lab.h"

enum { ETHERNET_LEN = 14, ETHERNET_MIN = 60 };

static uint8_t *add(struct tz_probes *probes, size_t len,
		    const struct tz_probe *like)
{
	struct tz_probe probe = *like;
	uint8_t *bytes = tz_arena_alloc(probes->arena, len);

	probe.frame = (struct tz_frame_ref){ bytes, len };
	tz_vec_push(probes->arena, &probes->all, probe);
	return bytes;
}

/*
 * Pads as Ethernet does, but with ones: bytes behind the packet's end are no
 * part of it, whatever they hold (SEMANTICS 1.5, 1.6).
 */
static void pad(struct tz_sample_frame *frame)
{
	if (frame->len >= ETHERNET_MIN || frame->kind == TZ_SAMPLE_RANDOM)
		return;
	memset(frame->bytes + frame->len, 0xff, ETHERNET_MIN - frame->len);
	frame->len = ETHERNET_MIN;
}

void tz_probe_sample(struct tz_probes *probes, const struct tz_ir *ir,
		     const struct tz_probe_options *options)
{
	struct tz_sample_options sample = {
		.seed = options->seed,
		.family = options->family,
		.ifname = options->dev,
		.fragments = 12,
		.short_ones = 12,
		.odd = 24,
		.random = 6,
		.avoids_martians = true,
	};
	struct tz_sample_frame frame;

	memcpy(sample.src_mac, tz_lab_sender_mac, sizeof(sample.src_mac));
	memcpy(sample.dst_mac, tz_lab_mac, sizeof(sample.dst_mac));
	struct tz_sampler *sampler = tz_sampler_new(probes->arena, ir, &sample);

	for (size_t i = 0; i < options->n; i++) {
		tz_sampler_next(sampler, &frame);
		if (i % 2)
			pad(&frame);
		uint8_t *bytes = add(probes, frame.len,
				     &(struct tz_probe){
					     .kind = frame.kind,
					     .train = frame.train,
					     .rule = frame.rule,
				     });

		memcpy(bytes, frame.bytes, frame.len);
	}
}

/* The Ethernet header of a frame that was captured without one. */
static void put_header(uint8_t *bytes, bool is_v6)
{
	memcpy(bytes, tz_lab_mac, 6);
	memcpy(bytes + 6, tz_lab_sender_mac, 6);
	bytes[12] = is_v6 ? 0x86 : 0x08;
	bytes[13] = is_v6 ? 0xdd : 0x00;
}

static void add_captured(struct tz_probes *probes, const uint8_t *data,
			 size_t len, int link)
{
	size_t header = link == DLT_EN10MB ? 0 : ETHERNET_LEN;

	if (header + len < ETHERNET_LEN + 1 ||
	    header + len > TZ_SAMPLE_FRAME_MAX)
		return;
	uint8_t *bytes = add(probes, header + len,
			     &(struct tz_probe){ .kind = TZ_SAMPLE_PLAIN });

	memcpy(bytes + header, data, len);
	if (header)
		put_header(bytes, data[0] >> 4 == 6);
	else if (!(bytes[0] & 1))
		memcpy(bytes, tz_lab_mac, 6);
}

int tz_probe_read(struct tz_probes *probes, const char *path,
		  const struct tz_probe_options *options)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap = pcap_open_offline(path, why);
	struct pcap_pkthdr *header;
	const uint8_t *data;

	if (!pcap) {
		fprintf(stderr, "oracle: %s\n", why);
		return -EINVAL;
	}
	int link = pcap_datalink(pcap);
	bool is_known = link == DLT_EN10MB || link == DLT_RAW ||
			link == DLT_IPV4 || link == DLT_IPV6;

	if (!is_known)
		fprintf(stderr, "oracle: %s: link type %d is not known\n", path,
			link);
	for (size_t i = 0; is_known && i < options->n; i++) {
		if (pcap_next_ex(pcap, &header, &data) != 1)
			break;
		add_captured(probes, data, header->caplen, link);
	}
	pcap_close(pcap);
	return is_known ? 0 : -EINVAL;
}
