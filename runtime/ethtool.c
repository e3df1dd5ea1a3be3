/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Features have names and no fixed numbers: the names are read first, then the
 * blocks of 32 bits that say which are on.
 */
#include "runtime/ethtool.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "runtime/scope.h"

/* More features than any kernel has; they are numbered from 0. */
enum { FEATURES_MAX = 1024 };

static bool ask(int fd, const char *ifname, void *command)
{
	struct ifreq request = { .ifr_data = command };

	strncpy(request.ifr_name, ifname, sizeof(request.ifr_name) - 1);
	return ioctl(fd, SIOCETHTOOL, &request) == 0;
}

static unsigned int n_features(int fd, const char *ifname)
{
	/* one number stands behind it */
	_cleanup_free_ struct ethtool_sset_info *info =
		calloc(1, sizeof(*info) + sizeof(info->data[0]));

	if (!info)
		return 0;
	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = 1ull << ETH_SS_FEATURES;
	if (!ask(fd, ifname, info) || !info->sset_mask ||
	    info->data[0] > FEATURES_MAX)
		return 0;
	return info->data[0];
}

static bool merges(const struct ethtool_gstrings *names,
		   const struct ethtool_gfeatures *features)
{
	static const char *const wanted[] = { "rx-gro-list",
					      "rx-udp-gro-forwarding" };

	for (unsigned int i = 0; i < names->len; i++) {
		const char *name =
			(const char *)names->data + i * ETH_GSTRING_LEN;

		for (size_t k = 0; k < sizeof(wanted) / sizeof(wanted[0]); k++)
			if (!strncmp(name, wanted[k], ETH_GSTRING_LEN) &&
			    features->features[i / 32].active >> i % 32 & 1)
				return true;
	}
	return false;
}

bool tz_ethtool_merges_udp(const char *ifname)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	unsigned int n = fd < 0 ? 0 : n_features(fd, ifname);
	unsigned int n_blocks = (n + 31) / 32;
	_cleanup_free_ struct ethtool_gstrings *names =
		calloc(1, sizeof(*names) + n * ETH_GSTRING_LEN);
	_cleanup_free_ struct ethtool_gfeatures *features =
		calloc(1, sizeof(*features) +
				  n_blocks * sizeof(features->features[0]));

	if (!n || !names || !features)
		return false;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = n;
	features->cmd = ETHTOOL_GFEATURES;
	features->size = n_blocks;
	return ask(fd, ifname, names) && ask(fd, ifname, features) &&
	       merges(names, features);
}
