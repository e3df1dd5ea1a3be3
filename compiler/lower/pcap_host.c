/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hosts and networks: which headers hold addresses, and where in them.
 * Sources: pcap-filter(7), RFC 791, 8200, 826, 903, DECnet phase IV.
 */
#include <linux/if_ether.h>

#include "lower/pcap_build.h"

const char *tz_pcap_proto_word(enum tz_pcap_proto proto)
{
	static const char *const words[] = {
		[TZ_PCAP_ANY] = "",
#define PROTO(id, word, kind, number, index) [TZ_PCAP_##id] = word,
#include "ast/pcap_proto.def"
#undef PROTO
	};

	return words[proto];
}

/* Both ends of @test(end) as @dir wants them, the source first. */
typedef struct tz_formula *end_test(struct tz_pcap_build *b, bool is_dst,
				    const void *what);

static struct tz_formula *ends(struct tz_pcap_build *b, enum tz_pcap_dir dir,
			       end_test *test, const void *what)
{
	struct tz_formula *src, *dst;

	switch (dir) {
	case TZ_PCAP_SRC:
		return test(b, false, what);
	case TZ_PCAP_DST:
		return test(b, true, what);
	case TZ_PCAP_EITHER:
	case TZ_PCAP_SRC_OR_DST:
	case TZ_PCAP_SRC_AND_DST:
		break;
	}
	src = test(b, false, what);
	dst = test(b, true, what);
	return dir == TZ_PCAP_SRC_AND_DST ? tz_pcap_and(b, src, dst)
					  : tz_pcap_or(b, src, dst);
}

struct address4 {
	uint32_t address, mask, type, src, dst;
	struct tz_span span;
};

static struct tz_formula *address4_at(struct tz_pcap_build *b, bool is_dst,
				      const void *what)
{
	const struct address4 *a = what;
	struct tz_formula *is_type = tz_pcap_type_is(b, a->type, a->span);

	return tz_pcap_and(b, is_type,
			   tz_pcap_masked(b, TZ_PCAP_AT_NET,
					  is_dst ? a->dst : a->src, 4,
					  a->address, a->mask));
}

/* The address of @type's header: of IPv4, or the one that ARP asks with. */
static struct tz_formula *host_of(struct tz_pcap_build *b, uint32_t type,
				  uint32_t address, uint32_t mask,
				  enum tz_pcap_dir dir, struct tz_span span)
{
	bool is_ip = type == ETH_P_IP;
	const struct address4 a = {
		.address = address,
		.mask = mask,
		.type = type,
		.src = is_ip ? 12 : 14,
		.dst = is_ip ? 16 : 24,
		.span = span,
	};

	return ends(b, dir, address4_at, &a);
}

static struct tz_formula *refuse(struct tz_pcap_build *b,
				 const struct tz_pcap_quals *quals,
				 const char *what)
{
	tz_diag(b->diags, TZ_DIAG_QUALIFIER, quals->span,
		"'%s' does not go with %s", tz_pcap_proto_word(quals->proto),
		what);
	return tz_pcap_nothing(b);
}

struct tz_formula *tz_pcap_host(struct tz_pcap_build *b, uint32_t address,
				uint32_t mask,
				const struct tz_pcap_quals *quals,
				struct tz_span span)
{
	struct tz_formula *f;

	if (quals->proto == TZ_PCAP_IP)
		return host_of(b, ETH_P_IP, address, mask, quals->dir, span);
	if (quals->proto == TZ_PCAP_ARP)
		return host_of(b, ETH_P_ARP, address, mask, quals->dir, span);
	if (quals->proto == TZ_PCAP_RARP)
		return host_of(b, ETH_P_RARP, address, mask, quals->dir, span);
	if (quals->proto != TZ_PCAP_ANY)
		return refuse(b, quals,
			      "an IPv4 address; 'ip', 'arp' and 'rarp' do");
	f = host_of(b, ETH_P_IP, address, mask, quals->dir, span);
	if (b->n_labels) /* only IP can be told behind labels */
		return f;
	f = tz_pcap_or(b, f,
		       host_of(b, ETH_P_ARP, address, mask, quals->dir, span));
	return tz_pcap_or(
		b, f, host_of(b, ETH_P_RARP, address, mask, quals->dir, span));
}

struct address6 {
	const struct tz_pcap_mask6 *a;
	struct tz_span span;
};

static struct tz_formula *address6_at(struct tz_pcap_build *b, bool is_dst,
				      const void *what)
{
	const struct address6 *address = what;
	const struct tz_pcap_mask6 *a = address->a;
	struct tz_formula *f = tz_pcap_type_is(b, ETH_P_IPV6, address->span);

	for (uint32_t i = 0; i < 4; i++)
		f = tz_pcap_and(b, f,
				tz_pcap_masked(b, TZ_PCAP_AT_NET,
					       (is_dst ? 24 : 8) + 4 * i, 4,
					       a->address[i], a->mask[i]));
	return f;
}

struct tz_formula *tz_pcap_host6(struct tz_pcap_build *b,
				 const struct tz_pcap_mask6 *address,
				 const struct tz_pcap_quals *quals,
				 struct tz_span span)
{
	const struct address6 what = { address, span };

	if (quals->proto != TZ_PCAP_ANY && quals->proto != TZ_PCAP_IP6)
		return refuse(b, quals, "an IPv6 address; 'ip6' does");
	return ends(b, quals->dir, address6_at, &what);
}

static struct tz_formula *mac_at(struct tz_pcap_build *b, bool is_dst,
				 const void *mac)
{
	return tz_pcap_mac_at(b, is_dst ? 0 : 6, mac);
}

struct tz_formula *tz_pcap_ether_host(struct tz_pcap_build *b,
				      const uint8_t mac[6],
				      const struct tz_pcap_quals *quals,
				      struct tz_span span)
{
	if (!tz_pcap_link_is_ether(b)) {
		tz_diag(b->diags, TZ_DIAG_LINK_TYPE, span,
			"a MAC address needs Ethernet frames");
		return tz_pcap_nothing(b);
	}
	return tz_pcap_with_header(b, ends(b, quals->dir, mac_at, mac));
}

/*
 * The four layouts of a DECnet header: short and long, each with a byte of
 * padding and without. Flags at 2, then the addresses, little-endian.
 */
static struct tz_formula *decnet_at(struct tz_pcap_build *b, bool is_dst,
				    const void *what)
{
	static const struct {
		unsigned int size;
		uint32_t value, mask, src, dst;
	} layouts[] = {
		{ 1, 0x02, 0x07, 5, 3 },
		{ 2, 0x8102, 0xff07, 6, 4 },
		{ 1, 0x06, 0x07, 17, 9 },
		{ 2, 0x8106, 0xff07, 18, 10 },
	};
	const uint32_t *address = what;
	struct tz_formula *any = NULL;

	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		struct tz_formula *f =
			tz_pcap_masked(b, TZ_PCAP_AT_NET, 2, layouts[i].size,
				       layouts[i].value, layouts[i].mask);

		f = tz_pcap_and(
			b, f,
			tz_pcap_equal(b, TZ_PCAP_AT_NET,
				      is_dst ? layouts[i].dst : layouts[i].src,
				      2, *address));
		any = any ? tz_pcap_or(b, any, f) : f;
	}
	return any;
}

struct decnet {
	uint32_t address;
	struct tz_span span;
};

static struct tz_formula *decnet_end(struct tz_pcap_build *b, bool is_dst,
				     const void *what)
{
	const struct decnet *d = what;
	struct tz_formula *is_decnet =
		tz_pcap_type_is(b, ETH_P_DNA_RT, d->span);

	return tz_pcap_and(b, is_decnet, decnet_at(b, is_dst, &d->address));
}

struct tz_formula *tz_pcap_decnet_host(struct tz_pcap_build *b,
				       uint32_t address,
				       const struct tz_pcap_quals *quals)
{
	const struct decnet d = {
		.address = (address & 0xff) << 8 | (address >> 8 & 0xff),
		.span = quals->span,
	};

	return ends(b, quals->dir, decnet_end, &d);
}
