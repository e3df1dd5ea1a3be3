/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a socket of the host takes the packet (net/netfilter/xt_socket.c,
 * net/ipv4/netfilter/nf_socket_ipv4.c, net/ipv6/netfilter/nf_socket_ipv6.c).
 * Which sockets there are the caller says, through the view; that packets of
 * no transport have none is known without.
 */
#include <tamiz/sock.h>

#include "ir/packet.h"
#include "ir/test.h"

enum { ICMP_LEN = 8 };

/* ICMP errors speak of the packet that they quote. */
static bool is_error(const struct tz_packet *p)
{
	uint8_t icmp = p->family == TZ_IPV4 ? TZ_PROTO_ICMP : TZ_PROTO_ICMP6;

	if (p->proto != icmp || p->l4_len < ICMP_LEN)
		return false;

	uint8_t type = p->frame[p->l4];

	if (p->family == TZ_IPV6)
		return type < 128;
	return (type >= 3 && type <= 5) || type == 11 || type == 12;
}

/* Neither of the two engines drops a header that is cut here. */
static bool has_ports(const struct tz_packet *p)
{
	if (p->proto == TZ_PROTO_TCP)
		return p->l4_len >= TZ_TCP_LEN;
	return p->proto == TZ_PROTO_UDP && p->l4_len >= 8;
}

unsigned int tz_test_socket(const struct tz_view *view,
			    const struct tz_test *test)
{
	unsigned int flags = (unsigned int)test->args[0];
	const struct tz_sockets *sockets = view->sockets;
	enum tz_truth truth = TZ_UNKNOWN;

	/* of a reply the kernel looks for what NAT has translated */
	if (view->may_be_reply && !(flags & TZ_SOCKET_IS_RAW))
		return TZ_OUTCOME_UNKNOWN;
	if (!has_ports(view->packet))
		truth = is_error(view->packet) ? TZ_UNKNOWN : TZ_FALSE;
	else if (sockets)
		truth = sockets->holds(sockets->arg, view->packet,
				       flags & ~TZ_SOCKET_IS_RAW);
	return truth == TZ_UNKNOWN ? TZ_OUTCOME_UNKNOWN
	       : truth == TZ_TRUE  ? TZ_OUTCOME_TRUE
				   : TZ_OUTCOME_FALSE;
}

bool tz_test_socket_is_sound(const struct tz_test *test)
{
	return test->n_args == 1 && test->args[0] < 8;
}
