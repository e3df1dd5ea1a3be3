/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether rules can speak of a device's frames at all. XDP sees frames before
 * bridges, bonds, VRFs, macvlans and VLAN devices take them: what such a
 * device takes is judged by rules for that device, or by none. At tc there are
 * rules about frames only.
 */
#include <tamiz/runtime.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "runtime/ethtool.h"
#include "runtime/hook.h"
#include "runtime/message.h"
#include "runtime/netdev.h"
#include "runtime/routes.h"
#include "runtime/scope.h"

static int find(const char *ifname, struct tz_netdev *dev,
		struct tamiz_message *message)
{
	int error = tz_netdev_get(ifname, dev);

	if (error == -ENODEV)
		return tz_message_fail(message, error,
				       "there is no device %s in this network "
				       "namespace",
				       ifname);
	if (error)
		return tz_message_fail(message, error,
				       "cannot read the devices: %s",
				       strerror(-error));
	return 0;
}

static int check_master(const struct tz_netdev *dev, const char *upper,
			struct tamiz_message *message)
{
	if (!dev->master_ifindex && upper)
		return tz_message_fail(message, -EINVAL,
				       "%s is not enslaved to %s: leave out "
				       "--as",
				       dev->name, upper);
	if (dev->master_ifindex && !upper)
		return tz_message_fail(message, -EINVAL,
				       "%s is enslaved to %s (%s): its frames "
				       "are that device's; --as %s takes the "
				       "rules as that device's",
				       dev->name, dev->master_name,
				       dev->master_kind, dev->master_name);
	if (upper && strcmp(upper, dev->master_name))
		return tz_message_fail(message, -EINVAL,
				       "%s is enslaved to %s, not to %s",
				       dev->name, dev->master_name, upper);
	return 0;
}

static int check_uppers(const struct tz_netdev *dev, struct tamiz_notes *notes,
			struct tamiz_message *message)
{
	if (*dev->upper_name)
		return tz_message_fail(message, -EINVAL,
				       "%s is below %s (%s), which takes "
				       "frames before the rules of %s",
				       dev->name, dev->upper_name,
				       dev->upper_kind, dev->name);
	if (!tz_netdev_strips_tags(dev->name))
		return 0;
	if (*dev->vlan_name)
		return tz_message_fail(message, -EINVAL,
				       "%s strips VLAN tags before XDP, so "
				       "frames of %s cannot be told from its "
				       "own: ethtool -K %s rxvlan off",
				       dev->name, dev->vlan_name, dev->name);
	tz_note(notes,
		"%s: rx-vlan-offload is on: a frame whose tag the device "
		"strips is judged as untagged (no VLAN device here takes it)",
		dev->name);
	return 0;
}

static uint32_t hide(const char *reason, int family, struct tamiz_notes *notes)
{
	if (!reason)
		return 0;
	tz_note(notes,
		"%s: rules with rpfilter for IPv%d are left to the kernel",
		reason, family);
	return family == 6 ? TAMIZ_HIDES_ROUTES6 : TAMIZ_HIDES_ROUTES4;
}

/*
 * With @upper rpfilter compares with that, and sockets may be bound to it; a
 * lookup knows the port.
 */
static uint32_t hides_routes(const char *upper, struct tamiz_notes *notes)
{
	const uint32_t both = TAMIZ_HIDES_ROUTES4 | TAMIZ_HIDES_ROUTES6;
	const uint32_t sockets = upper ? TAMIZ_HIDES_SOCKETS : 0;

	if (tz_routes_are_ignored()) {
		tz_note(notes, "ignore_routes_with_linkdown is on: rules with "
			       "rpfilter are left to the kernel");
		return both | sockets;
	}
	if (upper)
		return both | sockets;
	return hide(tz_routes_hidden4(), 4, notes) |
	       hide(tz_routes_hidden6(), 6, notes);
}

static int find_at_tc(const char *ifname, enum tamiz_hook hook,
		      const char *upper, struct tamiz_device *device,
		      struct tamiz_message *message)
{
	struct tz_netdev dev;
	int error = find(ifname, &dev, message);

	if (error)
		return error;
	if (upper)
		return tz_message_fail(message, -EINVAL,
				       "--as is for rules at XDP, not at tc");
	if (!dev.has_ethernet_header && !dev.has_no_link_header)
		return tz_message_fail(message, -EINVAL,
				       "packets of %s begin neither with an "
				       "Ethernet nor with an IP header",
				       ifname);
	*device = (struct tamiz_device){
		.ifindex = dev.ifindex,
		.hook = hook,
		.has_no_link_header = dev.has_no_link_header,
	};
	memcpy(device->mac, dev.mac, sizeof(device->mac));
	return 0;
}

int tamiz_device_find(const char *place, const char *upper,
		      struct tamiz_device *device, struct tamiz_notes *notes,
		      struct tamiz_message *message)
{
	struct tz_netdev dev, above;
	char ifname[IF_NAMESIZE];
	enum tamiz_hook hook = tz_hook_of(place, ifname);
	int error;

	if (hook != TAMIZ_HOOK_XDP)
		return find_at_tc(ifname, hook, upper, device, message);
	error = find(place, &dev, message);
	if (!error)
		error = check_master(&dev, upper, message);
	if (!error)
		error = check_uppers(&dev, notes, message);
	if (!error && upper)
		error = find(upper, &above, message);
	if (error)
		return error;
	if (!dev.has_ethernet_header)
		return tz_message_fail(message, -EINVAL,
				       "%s has no Ethernet header: only "
				       "Ethernet devices are supported",
				       place);
	if (upper && !strcmp(dev.master_kind, "bridge"))
		tz_note(notes,
			"%s: frames that %s would only forward are not "
			"judged, but broadcast and multicast ones are",
			ifname, upper);
	*device = (struct tamiz_device){ .ifindex = dev.ifindex };
	device->udp_merges = tz_ethtool_merges_udp(ifname);
	if (device->udp_merges)
		tz_note(notes,
			"%s: rx-gro-list or rx-udp-gro-forwarding is on: how "
			"long UDP datagrams are that rules see is unknown",
			ifname);
	device->hides_routes = hides_routes(upper, notes);
	memcpy(device->mac, upper ? above.mac : dev.mac, sizeof(device->mac));
	return 0;
}

int tamiz_enter_netns(const char *name, struct tamiz_message *message)
{
	char path[256];
	int len = snprintf(path, sizeof(path), "%s%s",
			   strchr(name, '/') ? "" : "/run/netns/", name);

	if (len >= (int)sizeof(path))
		return tz_message_fail(message, -ENAMETOOLONG,
				       "the name of the network namespace is "
				       "too long");

	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		return tz_message_fail(message, -errno,
				       "cannot enter the network namespace "
				       "%s: %s%s",
				       path, strerror(errno),
				       errno == EPERM    ? " (it needs "
							   "CAP_SYS_ADMIN)"
				       : errno == EINVAL ? " (it is none)"
							 : "");
	return 0;
}
