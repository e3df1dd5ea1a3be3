/* SPDX-License-Identifier: GPL-2.0-only */
/* Segments, and what p0f sees of them; see the header. */
#include "tests/unit/p0f_help.h"

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
	return get16(at) << 16 | get16(at + 2);
}

struct gen_packet p0f_packet(const struct p0f_segment *s)
{
	struct gen_ip ip = {
		.is_ipv6 = s->is_ipv6,
		.protocol = 6,
		.fragment = s->fragment,
		.option_words = s->ip_option_words,
		.n_headers = s->n_headers,
	};
	uint8_t tcp[20 + 40 + 64] = { 0 };
	size_t len = 20 + s->options_len + s->payload_len;
	struct gen_packet p;
	uint8_t *header;

	memset(ip.headers, 60, sizeof(ip.headers));
	put16(tcp, 40000);
	put16(tcp + 2, 80);
	put32(tcp + 4, s->seq);
	put32(tcp + 8, s->ack);
	put16(tcp + 12, (uint32_t)(5 + s->options_len / 4) << 12 | s->flags);
	put16(tcp + 14, s->window);
	put16(tcp + 18, s->urgent);
	memcpy(tcp + 20, s->options, s->options_len);
	p = gen_packet(&ip, tcp, len);
	header = p.bytes + GEN_ETH;
	if (s->is_ipv6) {
		put32(header,
		      6u << 28 | (uint32_t)s->tos << 20 | s->flow_label);
		header[7] = s->ttl;
	} else {
		header[1] = s->tos;
		put16(header + 4, s->id);
		header[8] = s->ttl;
	}
	return p;
}

/* The option of a length that it says itself: its length, 0: no good. */
static size_t said_len(uint8_t kind, const uint8_t *at, size_t left)
{
	size_t min = kind == 5 ? 10 : 2, max = kind == 5 ? 34 : 40;

	if (left < 2 || at[1] < min || at[1] > max || at[1] > left)
		return 0;
	return at[1];
}

static void see_padding(const uint8_t *at, size_t n, struct p0f_seen *seen)
{
	seen->padding = n;
	for (size_t i = 0; i < n; i++)
		if (at[i])
			seen->quirks |= TZ_P0F_PADDING;
}

/* What is read of an option that is there whole. */
static void see_option(const uint8_t *at, struct p0f_seen *seen)
{
	static const uint8_t lens[] = { [2] = 4, [3] = 3, [4] = 2, [8] = 10 };

	if (at[0] < sizeof(lens) && lens[at[0]] && at[1] != lens[at[0]])
		seen->quirks |= TZ_P0F_BAD;
	if (at[0] == 2)
		seen->mss = get16(at + 2);
	if (at[0] == 3)
		seen->scale = at[2];
	if (at[0] == 3 && at[2] > 14)
		seen->quirks |= TZ_P0F_SCALE;
	if (at[0] == 8 && !get32(at + 2))
		seen->quirks |= TZ_P0F_TS1_ZERO;
	if (at[0] == 8 && get32(at + 6) && !seen->is_reply)
		seen->quirks |= TZ_P0F_TS2_SET;
}

static void see_options(const uint8_t *at, size_t left, struct p0f_seen *seen)
{
	while (left && seen->n_kinds < TZ_P0F_OPTIONS_MAX) {
		uint8_t kind = *at;
		size_t len = 0;

		seen->kinds[seen->n_kinds++] = kind;
		if (kind == 0) {
			see_padding(at + 1, left - 1, seen);
			return;
		}
		if (kind == 1)
			len = 1;
		else if (kind == 2)
			len = 4;
		else if (kind == 3)
			len = 3;
		else if (kind == 4)
			len = 2;
		else if (kind == 8)
			len = 10;
		else
			len = said_len(kind, at, left);
		if (!len || len > left)
			break;
		if (kind != 1)
			see_option(at, seen);
		at += len;
		left -= len;
	}
	if (left)
		seen->quirks |= TZ_P0F_BAD;
}

static bool see_tcp(const uint8_t *tcp, size_t len, struct p0f_seen *seen)
{
	uint32_t flags = get16(tcp + 12) & 0x1ff;
	size_t header_len = tcp[12] / 16 * 4u;

	if (header_len < 20 || header_len > len)
		return false;
	if ((flags & 0x17) != 0x02 && (flags & 0x17) != 0x12)
		return false;
	seen->is_reply = flags & 0x10;
	seen->window = get16(tcp + 14);
	seen->has_data = len > header_len;
	if (flags & 0x1c0)
		seen->quirks |= TZ_P0F_ECN;
	if (!get32(tcp + 4))
		seen->quirks |= TZ_P0F_SEQ_ZERO;
	if (seen->is_reply && !get32(tcp + 8))
		seen->quirks |= TZ_P0F_ACK_ZERO;
	if (!seen->is_reply && get32(tcp + 8))
		seen->quirks |= TZ_P0F_ACK_SET;
	if (flags & 0x20)
		seen->quirks |= TZ_P0F_URG;
	else if (get16(tcp + 18))
		seen->quirks |= TZ_P0F_URGENT_SET;
	if (flags & 0x08)
		seen->quirks |= TZ_P0F_PUSH;
	see_options(tcp + 20, header_len - 20, seen);
	return true;
}

static bool see_ipv4(const uint8_t *ip, size_t len, struct p0f_seen *seen)
{
	size_t header_len = (ip[0] & 15) * 4u, total = get16(ip + 2);
	uint32_t flags = get16(ip + 6);

	if (header_len < 20 || total > len || total < header_len + 20)
		return false;
	if (ip[9] != 6 || flags & 0x3fff)
		return false;
	seen->ip_options = header_len - 20;
	seen->ttl = ip[8];
	if (ip[1] & 3)
		seen->quirks |= TZ_P0F_ECN;
	if (flags & 0x8000)
		seen->quirks |= TZ_P0F_RESERVED;
	if (flags & 0x4000)
		seen->quirks |= TZ_P0F_DF;
	if (flags & 0x4000 && get16(ip + 4))
		seen->quirks |= TZ_P0F_ID_SET;
	if (!(flags & 0x4000) && !get16(ip + 4))
		seen->quirks |= TZ_P0F_ID_ZERO;
	return see_tcp(ip + header_len, total - header_len, seen);
}

static bool see_ipv6(const uint8_t *ip, size_t len, struct p0f_seen *seen)
{
	size_t total = 40 + get16(ip + 4), at = 40;
	uint8_t next = ip[6];

	while (next == 60 && seen->ip_options / 8 < TZ_TRANSPORT_HEADERS_MAX) {
		next = ip[at];
		seen->ip_options += 8 + 8u * ip[at + 1];
		at = 40 + seen->ip_options;
	}
	if (next != 6 || total > len || total < at + 20)
		return false;
	seen->is_ipv6 = true;
	seen->ttl = ip[7];
	if (get32(ip) & 0xfffff)
		seen->quirks |= TZ_P0F_FLOW;
	if (get16(ip) & 0x30)
		seen->quirks |= TZ_P0F_ECN;
	return see_tcp(ip + at, total - at, seen);
}

bool p0f_see(const struct gen_packet *packet, struct p0f_seen *seen)
{
	const uint8_t *ip = packet->bytes + GEN_ETH;
	size_t len = packet->len - GEN_ETH;

	*seen = (struct p0f_seen){ 0 };
	return packet->bytes[12] == 0x08 ? see_ipv4(ip, len, seen)
					 : see_ipv6(ip, len, seen);
}

static bool window_fits(const struct tz_p0f *p, const struct p0f_seen *seen)
{
	uint32_t mtu = seen->mss + (seen->is_ipv6 ? 60 : 40);

	switch (p->window) {
	case TZ_P0F_WINDOW_ANY:
		return true;
	case TZ_P0F_WINDOW_IS:
		return seen->window == p->window_number;
	case TZ_P0F_WINDOW_MULTIPLE:
		return seen->window % p->window_number == 0;
	case TZ_P0F_WINDOW_OF_MSS:
		return seen->mss >= 100 &&
		       seen->window == seen->mss * p->window_number;
	case TZ_P0F_WINDOW_OF_MTU:
		return seen->mss >= 100 &&
		       seen->window == mtu * p->window_number;
	}
	return false;
}

bool p0f_fits(const struct tz_p0f *p, const struct p0f_seen *seen)
{
	uint32_t quirks = p->quirks;

	if (p->ipv4 && p->ipv6)
		quirks &= seen->is_ipv6
				  ? ~(uint32_t)(TZ_P0F_DF | TZ_P0F_ID_SET |
						TZ_P0F_ID_ZERO)
				  : ~(uint32_t)TZ_P0F_FLOW;
	return (seen->is_ipv6 ? p->ipv6 : p->ipv4) && quirks == seen->quirks &&
	       p->n_options == seen->n_kinds &&
	       memcmp(p->options, seen->kinds, seen->n_kinds) == 0 &&
	       p->padding == seen->padding &&
	       p->ip_options == seen->ip_options && p->ttl >= seen->ttl &&
	       (p->any_distance || p->ttl - seen->ttl <= 35) &&
	       (p->mss == TZ_P0F_ANY || p->mss == seen->mss) &&
	       (p->scale == TZ_P0F_ANY || p->scale == seen->scale) &&
	       (p->payload == TZ_P0F_ANY_DATA ||
		(p->payload == TZ_P0F_DATA) == seen->has_data) &&
	       window_fits(p, seen);
}

struct text {
	char *at;
	size_t left;
};

static void __attribute__((format(printf, 2, 3)))
put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->at, t->left, fmt, ap);
	va_end(ap);
	assert_in_range(n, 0, t->left - 1);
	t->at += n;
	t->left -= (size_t)n;
}

static void describe_option(struct text *t, const struct p0f_seen *seen,
			    uint8_t kind)
{
	static const char *const names[] = {
		[1] = "nop", [2] = "mss",  [3] = "ws",
		[4] = "sok", [5] = "sack", [8] = "ts"
	};

	if (kind == 0)
		put(t, "eol+%zu", seen->padding);
	else if (kind < 9 && names[kind] && gen_random(8))
		put(t, "%s", names[kind]);
	else
		put(t, "?%u", kind);
}

static void describe_window(struct text *t, const struct p0f_seen *seen)
{
	uint32_t mtu = seen->mss + (seen->is_ipv6 ? 60 : 40);
	uint32_t way = gen_random(4);

	if (way && seen->mss >= 100 && seen->window &&
	    seen->window % seen->mss == 0)
		put(t, "mss*%u,", seen->window / seen->mss);
	else if (way && seen->mss >= 100 && seen->window &&
		 seen->window % mtu == 0)
		put(t, "mtu*%u,", seen->window / mtu);
	else if (way == 1)
		put(t, "*,");
	else if (way == 2 && seen->window > 1)
		put(t, "%%%u,", seen->window);
	else
		put(t, "%u,", seen->window);
}

void p0f_describe(const struct p0f_seen *seen, char *out, size_t size)
{
	static const char *const names[] = {
		"df",   "id+",  "id-",  "ecn",   "0+",    "flow",
		"seq-", "ack+", "ack-", "uptr+", "urgf+", "pushf+",
		"ts1-", "ts2+", "opt+", "exws",  "bad",
	};
	struct text t = { out, size };
	uint32_t quirks = seen->quirks;
	uint32_t distance = gen_random(36);

	put(&t, "%s:", gen_random(3) ? seen->is_ipv6 ? "6" : "4" : "*");
	if (seen->ttl + distance > 255 || gen_random(4) == 0)
		put(&t, "%u-:", seen->ttl ? seen->ttl : 1);
	else
		put(&t, "%u+%u:", seen->ttl ? seen->ttl : 1, distance);
	put(&t, "%zu:", seen->ip_options);
	if (gen_random(2))
		put(&t, "%u:", seen->mss);
	else
		put(&t, "*:");
	describe_window(&t, seen);
	if (gen_random(2))
		put(&t, "%u:", seen->scale);
	else
		put(&t, "*:");
	for (size_t i = 0; i < seen->n_kinds; i++) {
		put(&t, "%s", i ? "," : "");
		describe_option(&t, seen, seen->kinds[i]);
	}
	put(&t, ":");
	for (size_t i = 0, n = 0; i < sizeof(names) / sizeof(*names); i++)
		if (quirks & 1u << i)
			put(&t, "%s%s", n++ ? "," : "", names[i]);
	put(&t, ":%s", gen_random(4) == 0 ? "*" : seen->has_data ? "+" : "0");
}
