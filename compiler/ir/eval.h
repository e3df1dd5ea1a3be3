/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reference meaning of a rule set: an interpreter of the IR over the bytes
 * of a frame. It shares no code with the back ends that it judges. What
 * netfilter does is taken from SEMANTICS (cited by number) and checked against
 * the kernel by tests/oracle.
 */
#pragma once

#include "ir/ir.h"

/* Which of the kernel's two rule engines (SEMANTICS 2.10, 14.5). */
enum tz_backend { TZ_BACKEND_LEGACY, TZ_BACKEND_NFT };

/* A parsed frame, as the rules see it; see tz_packet_parse. */
struct tz_packet {
	const uint8_t *frame;
	size_t frame_len;
	enum tz_family family;
	size_t l3, l4;    /* offsets in the frame */
	size_t l4_len;    /* bytes of the packet from l4, bounded by tot_len */
	size_t ip_len;    /* what counters add: from the IP header, trimmed */
	uint8_t proto;    /* of the final header (SEMANTICS 4.1) */
	bool has_proto;   /* false: an IPv6 chain that does not parse */
	bool is_fragment; /* any: MF or offset, or an IPv6 fragment header */
	uint16_t fragment_offset; /* in bytes */
	bool has_odd_extensions;  /* IPv6: length past the packet (4.5) */
	/*
	 * What iptables-nft has instead of the six above: AH is final there
	 * (11.5), and layer 4 of a later IPv6 fragment begins at its IPv6
	 * header (11.4).
	 */
	struct {
		size_t l4, l4_len;
		uint8_t proto;
		bool has_proto;
		uint16_t fragment_offset;
	} nft;
	tz_value src, dst;
	uint64_t mac_src;
	uint8_t link_type; /* PACKET_HOST ... of <linux/if_packet.h> */
	uint8_t ttl, tos;  /* hop limit and traffic class in IPv6 */
};

enum tz_packet_kind {
	TZ_PACKET_FILTERED, /* netfilter's rules see it */
	/* The kernel drops or takes it before netfilter (SEMANTICS 1.2, 1.7,
	 * 1.10, 1.12), or it is no IP at all. */
	TZ_PACKET_UNFILTERED,
};

/*
 * Reads an Ethernet frame of @len bytes. Tags with id 0 are skipped, a frame
 * with another tag is UNFILTERED here. @own_mac: six bytes, or NULL to take
 * every destination as ours.
 */
enum tz_packet_kind tz_packet_parse(const uint8_t *frame, size_t len,
				    const uint8_t *own_mac,
				    struct tz_packet *packet);

enum tz_truth {
	TZ_FALSE,
	TZ_TRUE,
	TZ_UNKNOWN,
	TZ_HOTDROP, /* the packet is dropped at once */
};

/* Which way a packet takes after routing. */
enum tz_route { TZ_ROUTE_INPUT, TZ_ROUTE_FORWARD };

/*
 * The kernel's routing tables.
 * kinds: TZ_KIND_* of tamiz/fib.h that an IPv4 address may be of, 0 when
 * nothing is known of it.
 * leads_back: whether the source of @packet is reached the way it came, as
 * rpfilter asks with @flags (TZ_WAY_*, without TZ_WAY_NOT). NULL: unknown.
 */
struct tz_fib {
	unsigned int (*kinds)(void *arg, uint32_t address);
	enum tz_truth (*leads_back)(void *arg, const struct tz_packet *packet,
				    unsigned int flags);
	void *arg;
};

/*
 * The host's sockets. holds: whether -m socket matches @packet, which is TCP or
 * UDP with a whole header, with @flags (TZ_SOCKET_NOWILDCARD and _TRANSPARENT
 * of tamiz/sock.h).
 */
struct tz_sockets {
	enum tz_truth (*holds)(void *arg, const struct tz_packet *packet,
			       unsigned int flags);
	void *arg;
};

struct tz_heads;

/* What is not in a packet: unknown, or given. */
struct tz_context {
	const struct tz_fib *fib;         /* NULL: unknown */
	const struct tz_sockets *sockets; /* NULL: unknown */
	const struct tz_heads *heads;     /* of the rules (heads.h), or NULL */
	bool has_mark, has_cpu, has_clock;
	bool is_wire; /* replace: no kernel fills in IPv4 options before */
	unsigned int ct_states; /* TZ_CT_*: one of them; 0: any */
	uint32_t mark, cpu;
	int64_t clock_ns; /* since 1970, UTC */
};

struct tz_eval_options {
	enum tz_backend backend;
	const char *ifname; /* input interface; NULL: unknown */
	struct tz_context context;
	/*
	 * The value of opaque matches, and of -i where ifname is NULL: the
	 * truth of the match @m, asked once per evaluation of it. NULL: all
	 * of them are TZ_UNKNOWN, which tz_eval_verdict does not accept
	 * (assert).
	 */
	enum tz_truth (*opaque)(void *arg, const struct tz_ir_match *m);
	void *arg;
};

struct tz_eval_result {
	bool is_dropped;
	bool is_rejected; /* then is_dropped too */
	/* a REJECT that only the kernel answers; else XDP, with TZ_ANSWER_* */
	bool is_answered_above;
	uint8_t answer;
	/* an effect on the way: LOG, OTHER, or a WRITES match evaluated */
	bool has_effect;
	const struct tz_ir_counted *decider; /* what dropped; NULL: hotdrop */
	/* ids of what counted, in order; in the caller's array */
	uint32_t *counted;
	size_t n_counted, counted_max; /* more are dropped, n goes on */
};

/*
 * One concrete evaluation: raw and mangle PREROUTING, then the chains of
 * @route (mangle, filter, security). A table that @ir has no chain for
 * accepts. An opaque target (OTHER) continues.
 */
void tz_eval_verdict(const struct tz_ir *ir, const struct tz_packet *packet,
		     enum tz_route route, const struct tz_eval_options *options,
		     struct tz_eval_result *result);

/* ---- possible verdicts: what offload may conclude (DESIGN 5) ---- */

/*
 * Connections (SEMANTICS 14): a program asks the kernel's table for them before
 * it drops a packet behind the raw table. All false: it does not.
 */
struct tz_ct_options {
	bool is_on;
	bool is_loose;   /* nf_conntrack_tcp_loose: picked up midway */
	bool expects;    /* helpers may expect connections */
	bool notracks;   /* rules may have packets not tracked */
	/* which rules of the family do; NULL: any packet may be untracked */
	const struct tz_ct_notracks *notracks_by;
	bool tells_sums; /* rules tell NEW from INVALID: sums are looked at */
	/* requests of ICMP that the rules refuse have no entry */
	bool knows_requests;
	/* all translation is in the rules' nat table: it is walked */
	bool walks_nat;
	bool is_found; /* the table has an entry for the packet */
};

struct tz_possible_options {
	bool backends[2];   /* which of TZ_BACKEND_*: must all drop */
	const char *ifname; /* NULL: -i is unknown */
	struct tz_context context;
	struct tz_ct_options ct;
	bool has_nat;    /* dst, dport and the route are unknown after nat */
	bool may_merge;  /* GRO: FIN, PSH of TCP data segments are unknown */
	bool udp_merges; /* and the length of UDP datagrams */
	bool fragments_drop; /* --fragments=drop */
	bool routes[2];      /* which of TZ_ROUTE_* are possible */
};

enum tz_possible {
	TZ_MUST_PASS, /* some completion accepts, or has an effect */
	TZ_MAY_DROP,  /* every completion drops, and no effect is lost */
	TZ_TOO_MANY,  /* brute force only: over 10 unknowns; not decided */
};

/*
 * The reference of offload: walks all possible paths (DESIGN 5: possible
 * verdicts, fragments, effects, NAT).
 */
enum tz_possible tz_eval_possible(const struct tz_ir *ir,
				  const struct tz_packet *packet,
				  const struct tz_possible_options *options);
/*
 * The same by brute force: tz_eval_verdict under every assignment of true and
 * false to the unknown matches of the rules.
 */
enum tz_possible tz_eval_brute(const struct tz_ir *ir,
			       const struct tz_packet *packet,
			       const struct tz_possible_options *options);
/*
 * Where a packet may be dropped all completions give its sender the same
 * answer; else it goes up. Which: the bit 1 << TZ_ANSWER_*; 0: it goes up.
 */
uint32_t tz_possible_answer(const struct tz_ir *ir,
			    const struct tz_packet *packet,
			    const struct tz_possible_options *options);
/* The same by brute force; *@has_too_many: over 10 unknowns. */
uint32_t tz_brute_answer(const struct tz_ir *ir, const struct tz_packet *packet,
			 const struct tz_possible_options *options,
			 bool *has_too_many);
