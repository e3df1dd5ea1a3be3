/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside lower/pcap*.c: what is known while an expression becomes a formula.
 * Terms are lowered in the order in which they stand, as `vlan`, `mpls` and
 * the tunnels move what is behind them.
 */
#pragma once

#include "ast/pcap.h"
#include "base/diag.h"
#include "lower/pcap.h"

/*
 * k bytes behind what the term @base says, or behind offset 0: behind tunnels a
 * variable of the graph, behind a tag that the kernel may have taken off what
 * is left of it.
 */
struct tz_pcap_place {
	uint32_t base;
	uint32_t k;
};

/* How the type of what a link carries is told. */
enum tz_pcap_typing {
	TZ_PCAP_ETHER,  /* EtherType, or a length and LLC */
	TZ_PCAP_COOKED, /* LINUX_SLL: the same, but 4 says LLC */
	TZ_PCAP_PLAIN,  /* LINUX_SLL2: an EtherType */
	TZ_PCAP_PPP,
	TZ_PCAP_VERSION, /* the version of an IP header */
	TZ_PCAP_KERNEL,  /* the kernel has read it: SKF_AD_PROTOCOL */
	TZ_PCAP_ALWAYS4, /* nothing but IPv4 */
	TZ_PCAP_ALWAYS6,
	TZ_PCAP_FAMILY_HOST, /* BSD loopback: AF_*, as this host writes it */
	TZ_PCAP_FAMILY_NET,
};

struct tz_pcap_build {
	struct tz_arena *arena;
	struct tz_diags *diags;
	struct tz_flow *flow;
	const struct tz_pcap_options *options;
	const struct tz_names *names;
	enum tz_pcap_typing typing;
	struct tz_pcap_place link;    /* the header of the link layer */
	struct tz_pcap_place type;    /* the field with the type */
	struct tz_pcap_place payload; /* behind the header */
	uint32_t net;        /* bytes of MPLS before the network header */
	uint32_t net_nosnap; /* the same behind LLC without SNAP */
	unsigned int n_labels;
	bool is_tunnel; /* there may be no link header: payload == link */
	uint32_t n_vars;
	bool is_first;   /* no test was made before */
	bool is_outside; /* a tunnel was negated */
};

/* What loads count from. */
enum tz_pcap_origin {
	TZ_PCAP_AT_LINK,
	TZ_PCAP_AT_TYPE,
	TZ_PCAP_AT_LLC,
	TZ_PCAP_AT_NET,
	TZ_PCAP_AT_NET_NOSNAP,
	TZ_PCAP_AT_LABEL,      /* the MPLS label before this one */
	TZ_PCAP_AT_TRANSPORT4, /* behind the options of IPv4 */
	TZ_PCAP_AT_TRANSPORT6, /* behind the fixed header of IPv6 */
};

struct tz_formula;

/* pcap_load.c: terms and tests at places. */
uint32_t tz_pcap_load(struct tz_pcap_build *b, enum tz_pcap_origin origin,
		      uint32_t offset, unsigned int size);
/* The same, @index more bytes on: of a term. */
uint32_t tz_pcap_load_at(struct tz_pcap_build *b, enum tz_pcap_origin origin,
			 uint32_t index, unsigned int size);
struct tz_formula *tz_pcap_test(struct tz_pcap_build *b, enum tz_flow_op op,
				uint32_t term, uint32_t value);
struct tz_formula *tz_pcap_equal(struct tz_pcap_build *b,
				 enum tz_pcap_origin origin, uint32_t offset,
				 unsigned int size, uint32_t value);
/* (load & mask) == value */
struct tz_formula *tz_pcap_masked(struct tz_pcap_build *b,
				  enum tz_pcap_origin origin, uint32_t offset,
				  unsigned int size, uint32_t value,
				  uint32_t mask);
struct tz_formula *tz_pcap_and(struct tz_pcap_build *b, struct tz_formula *x,
			       struct tz_formula *y);
struct tz_formula *tz_pcap_or(struct tz_pcap_build *b, struct tz_formula *x,
			      struct tz_formula *y);
struct tz_formula *tz_pcap_no(struct tz_pcap_build *b, struct tz_formula *x);
/* The 6 bytes at @mac stand at @offset of the link header. */
struct tz_formula *tz_pcap_mac_at(struct tz_pcap_build *b, uint32_t offset,
				  const uint8_t *mac);
/* What stands for an expression behind an error that was recorded. */
struct tz_formula *tz_pcap_nothing(struct tz_pcap_build *b);

/* pcap_link.c: link layers and what they carry. */
void tz_pcap_link_begin(struct tz_pcap_build *b);
/* An EtherType, or an LLC SAP below 1501. @span is for errors. */
struct tz_formula *tz_pcap_type_is(struct tz_pcap_build *b, uint32_t type,
				   struct tz_span span);
bool tz_pcap_link_is_ether(const struct tz_pcap_build *b);
/* X, where the tunnel has a link header. */
struct tz_formula *tz_pcap_with_header(struct tz_pcap_build *b,
				       struct tz_formula *x);
struct tz_formula *tz_pcap_llc(struct tz_pcap_build *b,
			       const struct tz_pcap_node *node);
struct tz_formula *tz_pcap_cast(struct tz_pcap_build *b,
				const struct tz_pcap_node *node);
struct tz_formula *tz_pcap_direction(struct tz_pcap_build *b,
				     const struct tz_pcap_node *node);

/* pcap_encap.c: vlan, mpls, pppoed, pppoes, geneve, vxlan. */
struct tz_formula *tz_pcap_encap(struct tz_pcap_build *b,
				 const struct tz_pcap_node *node);

/* pcap_host.c: addresses. */
struct tz_pcap_mask6 {
	uint32_t address[4], mask[4];
};
/* @quals: with the type and the direction of the id. */
struct tz_formula *tz_pcap_host(struct tz_pcap_build *b, uint32_t address,
				uint32_t mask,
				const struct tz_pcap_quals *quals,
				struct tz_span span);
struct tz_formula *tz_pcap_host6(struct tz_pcap_build *b,
				 const struct tz_pcap_mask6 *address,
				 const struct tz_pcap_quals *quals,
				 struct tz_span span);
struct tz_formula *tz_pcap_ether_host(struct tz_pcap_build *b,
				      const uint8_t mac[6],
				      const struct tz_pcap_quals *quals,
				      struct tz_span span);
struct tz_formula *tz_pcap_decnet_host(struct tz_pcap_build *b,
				       uint32_t address,
				       const struct tz_pcap_quals *quals);
const char *tz_pcap_proto_word(enum tz_pcap_proto proto);

/* pcap_proto.c: protocols and ports. */
/* The protocol's own word alone, `tcp`. */
struct tz_formula *tz_pcap_proto_is(struct tz_pcap_build *b,
				    enum tz_pcap_proto proto,
				    struct tz_span span);
struct tz_formula *tz_pcap_proto_number(struct tz_pcap_build *b,
					uint32_t number,
					const struct tz_pcap_quals *quals,
					struct tz_span span);
struct tz_formula *tz_pcap_protochain(struct tz_pcap_build *b, uint32_t number,
				      const struct tz_pcap_quals *quals,
				      struct tz_span span);
/* A range of ports of @ip_proto (0: TCP, UDP and SCTP); low <= high. */
struct tz_pcap_ports {
	uint32_t low, high;
	uint32_t ip_proto;
};
struct tz_formula *tz_pcap_port(struct tz_pcap_build *b,
				const struct tz_pcap_ports *ports,
				const struct tz_pcap_quals *quals,
				struct tz_span span);
/* IPv4 alone, @dir; what tunnels ask for. */
struct tz_formula *tz_pcap_port4(struct tz_pcap_build *b,
				 const struct tz_pcap_ports *ports,
				 enum tz_pcap_dir dir, struct tz_span span);
struct tz_formula *tz_pcap_port6(struct tz_pcap_build *b,
				 const struct tz_pcap_ports *ports,
				 enum tz_pcap_dir dir, struct tz_span span);
/* Not a fragment but the first. */
struct tz_formula *tz_pcap_unfragmented(struct tz_pcap_build *b);

/* pcap_id.c: what stands behind qualifiers. */
struct tz_formula *tz_pcap_id(struct tz_pcap_build *b,
			      const struct tz_pcap_node *node,
			      const struct tz_pcap_quals *quals);
/* The protocol that ports are of, 0 any; UINT32_MAX after a diagnostic. */
uint32_t tz_pcap_port_proto(struct tz_pcap_build *b,
			    const struct tz_pcap_quals *quals);
/* pcap_name.c: the same of names. */
struct tz_formula *tz_pcap_id_name(struct tz_pcap_build *b,
				   const struct tz_pcap_node *node,
				   const struct tz_pcap_quals *quals);

/* pcap_arith.c */
struct tz_formula *tz_pcap_relation(struct tz_pcap_build *b,
				    const struct tz_pcap_node *node);
struct tz_formula *tz_pcap_byte_is(struct tz_pcap_build *b,
				   const struct tz_pcap_node *node);
