/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A frame in the words of the kernel's LOG target (net/netfilter/
 * nf_log_syslog.c), as scripts expect them. Every load asks whether the bytes
 * are there: a frame is cut where it was captured, and its senders lie.
 */
#include "runtime/log_line.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "runtime/hook.h"

#define ETH_LEN 14
#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd
#define TYPE_VLAN 0x8100
#define TYPE_QINQ 0x88a8
#define PROTO_UDPLITE 136

/* Bytes that are left; ends where the packet does. */
struct rest {
	const uint8_t *at;
	size_t len;
};

/* Where things are in a frame; `ip.at` NULL: no IP. */
struct frame {
	struct rest ip, l4;
	int family;
	int proto;         /* -1: none found */
	unsigned int frag; /* IPv6: the fragment header's word */
	uint32_t frag_id;
	bool is_later_fragment, has_frag;
};

static unsigned int load16(const uint8_t *at)
{
	return (unsigned int)at[0] << 8 | at[1];
}

static uint32_t load32(const uint8_t *at)
{
	return (uint32_t)load16(at) << 16 | load16(at + 2);
}

static void skip(struct rest *rest, size_t n)
{
	n = n < rest->len ? n : rest->len;
	rest->at += n;
	rest->len -= n;
}

static void read_ipv4(struct frame *f)
{
	size_t header_len = (f->ip.at[0] & 15) * 4u;

	f->family = 4;
	f->proto = f->ip.at[9];
	f->is_later_fragment = load16(f->ip.at + 6) & 0x1fff;
	f->l4 = f->ip;
	skip(&f->l4, header_len);
}

/* The extension headers that the kernel's LOG walks over. */
static bool is_extension(int proto)
{
	return proto == IPPROTO_HOPOPTS || proto == IPPROTO_ROUTING ||
	       proto == IPPROTO_FRAGMENT || proto == IPPROTO_DSTOPTS;
}

static void read_ipv6(struct frame *f)
{
	f->family = 6;
	f->proto = f->ip.at[6];
	f->l4 = f->ip;
	skip(&f->l4, 40);
	while (is_extension(f->proto) && !f->is_later_fragment) {
		bool is_fragment = f->proto == IPPROTO_FRAGMENT;

		if (f->l4.len < 8) {
			f->proto = -1;
			return;
		}
		if (is_fragment) {
			f->has_frag = true;
			f->frag = load16(f->l4.at + 2);
			f->frag_id = load32(f->l4.at + 4);
			f->is_later_fragment = f->frag & 0xfff8;
		}
		f->proto = f->l4.at[0];
		skip(&f->l4, is_fragment ? 8 : (f->l4.at[1] + 1u) * 8);
	}
}

static struct frame read_frame(const uint8_t *data, size_t len)
{
	struct frame f = { .proto = -1 };
	struct rest rest = { data, len };
	unsigned int type;

	if (len < ETH_LEN)
		return f;
	type = load16(data + 12);
	skip(&rest, ETH_LEN);
	while ((type == TYPE_VLAN || type == TYPE_QINQ) && rest.len >= 4) {
		type = load16(rest.at + 2);
		skip(&rest, 4);
	}
	if (type == TYPE_IPV4 && rest.len >= 20) {
		f.ip = rest;
		read_ipv4(&f);
	} else if (type == TYPE_IPV6 && rest.len >= 40) {
		f.ip = rest;
		read_ipv6(&f);
	}
	return f;
}

static bool has_ports(const struct frame *f)
{
	switch (f->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case PROTO_UDPLITE:
		return !f->is_later_fragment && f->l4.len >= 4;
	}
	return false;
}

void tz_log_read_header(const uint8_t *frame, size_t len,
			struct tamiz_log_header *header)
{
	struct frame f = read_frame(frame, len);

	*header = (struct tamiz_log_header){
		.family = f.family,
		.proto = f.proto,
		.sport = -1,
		.dport = -1,
	};
	if (!f.family)
		return;

	int af = f.family == 4 ? AF_INET : AF_INET6;

	inet_ntop(af, f.ip.at + (f.family == 4 ? 12 : 8), header->src,
		  sizeof(header->src));
	inet_ntop(af, f.ip.at + (f.family == 4 ? 16 : 24), header->dst,
		  sizeof(header->dst));
	if (!has_ports(&f))
		return;
	header->sport = (int)load16(f.l4.at);
	header->dport = (int)load16(f.l4.at + 2);
}

static void print_ipv4(FILE *out, const struct frame *f)
{
	const uint8_t *ip = f->ip.at;
	unsigned int frag = load16(ip + 6);

	fprintf(out, "SRC=%u.%u.%u.%u DST=%u.%u.%u.%u ", ip[12], ip[13], ip[14],
		ip[15], ip[16], ip[17], ip[18], ip[19]);
	fprintf(out, "LEN=%u TOS=0x%02X PREC=0x%02X TTL=%u ID=%u ",
		load16(ip + 2), ip[1] & 0x1eu, ip[1] & 0xe0u, ip[8],
		load16(ip + 4));
	fprintf(out, "%s%s%s", frag & 0x8000 ? "CE " : "",
		frag & 0x4000 ? "DF " : "", frag & 0x2000 ? "MF " : "");
	if (frag & 0x1fff)
		fprintf(out, "FRAG:%u ", frag & 0x1fff);
}

/* The kernel prints all eight groups. */
static void print_address6(FILE *out, const char *name, const uint8_t *at)
{
	fprintf(out, "%s=", name);
	for (int i = 0; i < 16; i += 2)
		fprintf(out, "%04x%s", load16(at + i), i < 14 ? ":" : " ");
}

static void print_ipv6(FILE *out, const struct frame *f)
{
	const uint8_t *ip = f->ip.at;
	uint32_t word = load32(ip);

	print_address6(out, "SRC", ip + 8);
	print_address6(out, "DST", ip + 24);
	fprintf(out, "LEN=%u TC=%u HOPLIMIT=%u FLOWLBL=%u ",
		load16(ip + 4) + 40, word >> 20 & 0xff, ip[7], word & 0xfffff);
	if (f->has_frag)
		fprintf(out, "FRAG:%u %sID:%08" PRIx32 " ", f->frag & 0xfff8,
			f->frag & 1 ? "INCOMPLETE " : "", f->frag_id);
}

static void print_tcp(FILE *out, const uint8_t *tcp)
{
	static const char *const flags[] = { "CWR", "ECE", "URG", "ACK",
					     "PSH", "RST", "SYN", "FIN" };

	fprintf(out, "WINDOW=%u RES=0x%02x ", load16(tcp + 14),
		(tcp[12] & 15u) << 2);
	for (int i = 0; i < 8; i++)
		if (tcp[13] & 0x80 >> i)
			fprintf(out, "%s ", flags[i]);
	fprintf(out, "URGP=%u ", load16(tcp + 18));
}

/* Name and least length of a header that is not only a number. */
static const struct protocol {
	int number, family; /* 0: both */
	const char *name;
	size_t len;
} protocols[] = {
	{ IPPROTO_TCP, 0, "TCP", 20 },      { IPPROTO_UDP, 0, "UDP", 8 },
	{ PROTO_UDPLITE, 0, "UDPLITE", 8 }, { IPPROTO_ICMP, 4, "ICMP", 4 },
	{ IPPROTO_ICMPV6, 6, "ICMPv6", 4 }, { IPPROTO_AH, 0, "AH", 12 },
	{ IPPROTO_ESP, 0, "ESP", 8 },
};

static bool is_echo(const struct frame *f)
{
	uint8_t type = f->l4.at[0];

	return f->proto == IPPROTO_ICMP ? type == 0 || type == 8
					: type == 128 || type == 129;
}

static void print_fields(FILE *out, const struct frame *f)
{
	const uint8_t *l4 = f->l4.at;

	switch (f->proto) {
	case IPPROTO_TCP:
		fprintf(out, "SPT=%u DPT=%u ", load16(l4), load16(l4 + 2));
		print_tcp(out, l4);
		break;
	case IPPROTO_UDP:
	case PROTO_UDPLITE:
		fprintf(out, "SPT=%u DPT=%u LEN=%u ", load16(l4),
			load16(l4 + 2), load16(l4 + 4));
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		fprintf(out, "TYPE=%u CODE=%u ", l4[0], l4[1]);
		if (is_echo(f) && f->l4.len >= 8)
			fprintf(out, "ID=%u SEQ=%u ", load16(l4 + 4),
				load16(l4 + 6));
		break;
	case IPPROTO_AH:
		fprintf(out, "SPI=0x%" PRIx32 " ", load32(l4 + 4));
		break;
	case IPPROTO_ESP:
		fprintf(out, "SPI=0x%" PRIx32 " ", load32(l4));
		break;
	}
}

static void print_l4(FILE *out, const struct frame *f)
{
	const size_t n = sizeof(protocols) / sizeof(protocols[0]);

	for (size_t i = 0; i < n; i++) {
		const struct protocol *p = &protocols[i];

		if (p->number != f->proto ||
		    (p->family && p->family != f->family))
			continue;
		fprintf(out, "PROTO=%s ", p->name);
		if (f->is_later_fragment)
			return;
		if (f->l4.len < p->len)
			fprintf(out, "INCOMPLETE [%zu bytes] ", f->l4.len);
		else
			print_fields(out, f);
		return;
	}
	fprintf(out, "PROTO=%d ", f->proto);
}

void tz_log_print_header(FILE *out, const char *place, const uint8_t *frame,
			 size_t len)
{
	struct frame f = read_frame(frame, len);
	char name[IF_NAMESIZE];
	bool is_out = tz_hook_of(place, name) == TAMIZ_HOOK_EGRESS;

	fprintf(out, "IN=%s OUT=%s MAC=", is_out ? "" : name,
		is_out ? name : "");
	for (size_t i = 0; i < len && i < ETH_LEN; i++)
		fprintf(out, "%s%02x", i ? ":" : "", frame[i]);
	fputc(' ', out);
	if (f.family == 4)
		print_ipv4(out, &f);
	else if (f.family == 6)
		print_ipv6(out, &f);
	if (f.family && f.proto >= 0)
		print_l4(out, &f);
	else
		fputs("TRUNCATED", out);
}
