/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads as the kernel makes them, from the bytes of a frame. */
#include "cbpf/packet.h"

bool tz_filter_load(const struct tz_filter_packet *packet, uint32_t offset,
		    unsigned int size, uint32_t *value)
{
	size_t at = packet->data;
	uint32_t number = 0;

	if (offset >= (uint32_t)SKF_NET_OFF) {
		at = packet->net;
		offset -= (uint32_t)SKF_NET_OFF;
	} else if (offset >= (uint32_t)SKF_LL_OFF) {
		if (packet->has_no_link)
			return false;
		at = 0;
		offset -= (uint32_t)SKF_LL_OFF;
	} else if (offset > INT32_MAX) {
		return false;
	}
	at += offset;
	if (at > packet->frame_len || packet->frame_len - at < size)
		return false;
	for (unsigned int i = 0; i < size; i++)
		number = number << 8 | packet->frame[at + i];
	*value = number;
	return true;
}

bool tz_filter_load_ad(const struct tz_filter_packet *packet, uint32_t number,
		       uint32_t *value)
{
	uint32_t i = number / 4;

	if (number % 4 || i >= TZ_AD_N || !(packet->has_ad >> i & 1))
		return false;
	*value = packet->ad[i];
	return true;
}
