/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Expressions of tcpdump's language, pcap-filter(7), as flow graphs. The graph
 * answers what the program that libpcap makes without its optimiser would
 * answer in the kernel. Where tests are of no use, the loads that they make are
 * dropped (flow.h, drops_loads), as libpcap's optimiser does, but more of them:
 * a packet that ends before such a load may match here. Left out: link types
 * but those below, and headers of protochain behind the twelfth.
 */
#pragma once

#include "flow/flow.h"

/* Where the packet of a filter begins, and what stands there. */
enum tz_link {
	TZ_LINK_EN10MB, /* the Ethernet header */
	TZ_LINK_RAW,    /* an IPv4 or IPv6 header: xt_bpf, tun */
	TZ_LINK_IPV4,   /* an IPv4 header, always */
	TZ_LINK_IPV6,
	TZ_LINK_LINUX_SLL,
	TZ_LINK_LINUX_SLL2,
	TZ_LINK_NULL, /* BSD loopback: the family in the host's byte order */
	TZ_LINK_LOOP, /* the same in network byte order */
	/*
	 * A UDP or TCP socket's filter: offset 0 is the header of that layer
	 * and the lengths count from there; IP is at SKF_NET_OFF.
	 */
	TZ_LINK_NET,
	TZ_N_LINKS
};

/* "en10mb", "raw", "ipv4" ...; false when there is none of that name. */
bool tz_link_by_name(const char *name, enum tz_link *link);
const char *tz_link_name(enum tz_link link);

/*
 * The databases that names are looked up in. A member that is NULL knows no
 * name. All answer in host byte order and write nothing when they fail.
 */
struct tz_names {
	/* Calls @each for every address, 4 or 16 bytes; false: none. */
	bool (*host)(const char *name,
		     void (*each)(void *context, const uint8_t *bytes,
				  size_t len),
		     void *context);
	bool (*network)(const char *name, uint32_t *net);
	/* @protocol: "tcp", "udp" ... */
	bool (*service)(const char *name, const char *protocol, uint16_t *port);
	bool (*protocol)(const char *name, uint8_t *number);
	bool (*ether)(const char *name, uint8_t mac[6]);
};

/* The files and services of the system, but no host: no name server asked. */
extern const struct tz_names tz_names_local;
/* The same and getaddrinfo(). */
extern const struct tz_names tz_names_system;

struct tz_pcap_options {
	enum tz_link link;
	const struct tz_names *names; /* NULL: tz_names_local */
	/*
	 * The packet comes to a socket: the kernel knows its direction, and of
	 * RAW its type; the outer VLAN tag of EN10MB may stand beside it.
	 */
	bool is_socket;
	/* For tests: no load is dropped, of use or not. */
	bool keeps_loads;
	/* For `ip broadcast`, host byte order; unknown when not has_netmask. */
	bool has_netmask;
	uint32_t netmask;
};

/*
 * The graph of the expression in the @len bytes at @text, which stand at @span
 * in the sources of @diags. NULL after diagnostics. An empty expression takes
 * every packet.
 */
struct tz_flow *tz_pcap_lower(struct tz_arena *arena, struct tz_diags *diags,
			      struct tz_span span, const char *text, size_t len,
			      const struct tz_pcap_options *options);
