/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What net/ipv4/ip_fragment.c makes of a train that it accepts: the header of
 * the first fragment, with the length of the whole and no fragment bits. A
 * train that it does not accept never comes here: the kernel says so itself.
 */
#include "train.h"

#include <string.h>

#include "ir/eval.h"
#include "lib/lab.h"

enum { DATAGRAM_MAX = 65535 };

struct join {
	struct tz_packet first;
	bool has_first;
	size_t len; /* of the payload so far */
	uint8_t bytes[DATAGRAM_MAX];
};

static bool take(struct join *join, const struct tz_frame_ref *frame)
{
	struct tz_packet packet;

	if (tz_packet_parse(frame->bytes, frame->len, tz_lab_mac, &packet) !=
		    TZ_PACKET_FILTERED ||
	    packet.family != TZ_IPV4 || !packet.is_fragment)
		return false;
	size_t end = packet.fragment_offset + packet.l4_len;

	if (end > sizeof(join->bytes))
		return false;
	memcpy(join->bytes + packet.fragment_offset, frame->bytes + packet.l4,
	       packet.l4_len);
	if (end > join->len)
		join->len = end;
	if (packet.fragment_offset == 0) {
		join->first = packet;
		join->has_first = true;
	}
	return true;
}

static void put_checksum(uint8_t *ip, size_t len)
{
	uint32_t sum = 0;

	ip[10] = ip[11] = 0;
	for (size_t i = 0; i < len; i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	ip[10] = (uint8_t)(~sum >> 8);
	ip[11] = (uint8_t)~sum;
}

bool tz_train_join(const struct tz_probes *probes, size_t last,
		   struct tz_frame_ref *whole)
{
	static struct join join;
	uint32_t train = probes->all.at[last].train;

	join.has_first = false;
	join.len = 0;
	if (!train)
		return false;
	for (size_t i = 0; i <= last; i++)
		if (probes->all.at[i].train == train &&
		    !take(&join, &probes->all.at[i].frame))
			return false;
	if (!join.has_first)
		return false;
	size_t header = join.first.l4;
	size_t ip_len = header - join.first.l3 + join.len;

	if (ip_len > DATAGRAM_MAX)
		return false;
	uint8_t *bytes = tz_arena_alloc(probes->arena, header + join.len);
	uint8_t *ip = bytes + join.first.l3;

	memcpy(bytes, join.first.frame, header);
	memcpy(bytes + header, join.bytes, join.len);
	ip[2] = (uint8_t)(ip_len >> 8);
	ip[3] = (uint8_t)ip_len;
	ip[6] = ip[7] = 0;
	put_checksum(ip, header - join.first.l3);
	*whole = (struct tz_frame_ref){ bytes, header + join.len };
	return true;
}
