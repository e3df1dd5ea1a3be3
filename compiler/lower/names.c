/* SPDX-License-Identifier: GPL-2.0-only */
/* The databases of the system, as tz_names wants them. */
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <string.h>

#include "lower/pcap.h"

enum { ROOM = 4096 }; /* for the strings of an entry */

static bool find_host(const char *name,
		      void (*each)(void *context, const uint8_t *bytes,
				   size_t len),
		      void *context)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct addrinfo *list;

	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return false;
	for (const struct addrinfo *ai = list; ai; ai = ai->ai_next) {
		if (ai->ai_family == AF_INET) {
			const struct sockaddr_in *in =
				(const void *)ai->ai_addr;

			each(context, (const uint8_t *)&in->sin_addr, 4);
		} else if (ai->ai_family == AF_INET6) {
			const struct sockaddr_in6 *in6 =
				(const void *)ai->ai_addr;

			each(context, in6->sin6_addr.s6_addr, 16);
		}
	}
	freeaddrinfo(list);
	return true;
}

static bool find_network(const char *name, uint32_t *net)
{
	struct netent entry, *found = NULL;
	char room[ROOM];
	int error;

	if (getnetbyname_r(name, &entry, room, sizeof(room), &found, &error) !=
		    0 ||
	    !found || found->n_addrtype != AF_INET)
		return false;
	*net = found->n_net;
	return true;
}

static bool find_service(const char *name, const char *protocol, uint16_t *port)
{
	struct servent entry, *found = NULL;
	char room[ROOM];

	if (getservbyname_r(name, protocol, &entry, room, sizeof(room),
			    &found) != 0 ||
	    !found)
		return false;
	*port = ntohs((uint16_t)found->s_port);
	return true;
}

static bool find_protocol(const char *name, uint8_t *number)
{
	struct protoent entry, *found = NULL;
	char room[ROOM];

	if (getprotobyname_r(name, &entry, room, sizeof(room), &found) != 0 ||
	    !found || found->p_proto < 0 || found->p_proto > 255)
		return false;
	*number = (uint8_t)found->p_proto;
	return true;
}

static bool find_ether(const char *name, uint8_t mac[6])
{
	struct ether_addr address;

	if (ether_hostton(name, &address) != 0)
		return false;
	memcpy(mac, address.ether_addr_octet, 6);
	return true;
}

const struct tz_names tz_names_local = {
	.network = find_network,
	.service = find_service,
	.protocol = find_protocol,
	.ether = find_ether,
};

const struct tz_names tz_names_system = {
	.host = find_host,
	.network = find_network,
	.service = find_service,
	.protocol = find_protocol,
	.ether = find_ether,
};
